import type { RtmpUrl } from "@headgate/session";

/** Where the streams of an application come from and go to. URLs may have `{app}`, `{stream}` and `{key}` in them. */
export interface RelayOptions {
  /** Where to fetch a stream that has viewers but no publisher here: the first healthy server. */
  readonly pull: readonly RtmpUrl[];
  /** How long a stream is fetched after its last viewer has left. Milliseconds. */
  readonly pullIdleMs: number;
  /** Where each published stream is sent: to all of these. */
  readonly push: readonly RtmpUrl[];
  /** Replaces the two above for some streams: the first route that matches. */
  readonly routes: readonly StreamRoute[];
  /** The server that gets all sessions of the application; undefined: none, they are our own. */
  readonly proxy: RtmpUrl | undefined;
  /** Whether that server gets the client's address in a PROXY protocol header. */
  readonly proxyProtocol: boolean;
}

export interface StreamRoute {
  /** A stream's name, in which `*` stands for any characters. */
  readonly streams: string;
  readonly pull: readonly RtmpUrl[];
  readonly push: readonly RtmpUrl[];
}

export const DEFAULT_RELAY_OPTIONS: RelayOptions = {
  pull: [],
  pullIdleMs: 10_000,
  push: [],
  routes: [],
  proxy: undefined,
  proxyProtocol: false,
};

/** The pull and push of one stream of an application. */
export function routeOf(options: RelayOptions, stream: string): Pick<StreamRoute, "pull" | "push"> {
  return options.routes.find(({ streams }) => matches(streams, stream)) ?? options;
}

function matches(pattern: string, name: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(name);
}
