import type { RtmpUrl } from "@headgate/session";

/** Where the streams of an application come from and go to. URLs may have `{app}`, `{stream}` and `{key}` in them. */
export interface RelayOptions {
  /** Where a stream is fetched that somebody plays and nobody publishes here: the first that is well. */
  readonly pull: readonly RtmpUrl[];
  /** How long a stream is fetched after its last viewer has gone. Milliseconds. */
  readonly pullIdleMs: number;
  /** Where to each published stream is sent on, all of them. */
  readonly push: readonly RtmpUrl[];
  /** For some streams in place of the two above: the first route that fits. */
  readonly routes: readonly StreamRoute[];
  /** Whose sessions these are; undefined: our own. */
  readonly proxy: RtmpUrl | undefined;
  /** Whether that server is told by a PROXY protocol header whose session it is. */
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

/** Which of an application's ways a stream takes. */
export function routeOf(options: RelayOptions, stream: string): Pick<StreamRoute, "pull" | "push"> {
  return options.routes.find(({ streams }) => matches(streams, stream)) ?? options;
}

function matches(pattern: string, name: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(name);
}
