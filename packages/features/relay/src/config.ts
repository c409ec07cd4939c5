import {
  count,
  defaultsOf,
  duration,
  type Field,
  flag,
  HOUR,
  listOf,
  optional,
  parsed,
  SECOND,
  type Section,
  value,
} from "@headgate/config";
import { RtmpUrl } from "@headgate/session";

/** Where the streams of an application come from and go to. URLs may have `{app}`, `{stream}` and `{key}` in them. */
export interface RelayOptions {
  readonly pull: readonly RtmpUrl[];
  readonly pullIdleMs: number;
  readonly push: readonly RtmpUrl[];
  /** Replaces `pull` and `push` for some streams. */
  readonly routes: readonly StreamRoute[];
  readonly proxy: RtmpUrl | undefined;
  readonly proxyProtocol: boolean;
}

export interface StreamRoute {
  /** A stream's name, in which `*` stands for any characters. */
  readonly streams: string;
  readonly pull: readonly RtmpUrl[];
  readonly push: readonly RtmpUrl[];
}

export interface RelayLimits {
  readonly maxPullsPerOrigin: number;
}

export const RELAY_LIMITS: Section<RelayLimits> = {
  maxPullsPerOrigin: count("maxPullsPerOrigin", {
    default: 1_000,
    range: [1, 1_000_000],
    reload: "live",
    description: "Streams that are fetched from one origin, each over a connection of its own.",
    beyond:
      "the address that waits for most of them gives up the one it has waited for longest: `WAITING_STREAMS_EXCEEDED`; where none is waited for, or by more than a hundred of its viewers, `play` is refused: `PULLS_EXCEEDED`",
  }),
};

const SERVER = 'the URL of an RTMP server such as "rtmp://10.0.0.5/live"';

/** One or several. */
function servers(key: string, description: string): Field<readonly RtmpUrl[]> {
  const items = value({ expects: SERVER, isSecret: true, format: String, parse: toUrl });
  const field = parsed<readonly RtmpUrl[]>(key, {
    default: [],
    reload: "live",
    description,
    expects: `${SERVER}, or a list of such`,
    isSecret: true,
    parse: (written) => {
      if (written === "" || written === null) return [];
      const urls = [written].flat().map(toUrl);
      return urls.every((url) => url !== undefined) ? urls : undefined;
    },
  });
  return { ...field, parts: { kind: "list", items, mayBeAlone: true, begin: () => [] } };
}

function toUrl(written: unknown): RtmpUrl | undefined {
  return typeof written === "string" ? RtmpUrl.parse(written) : undefined;
}

const ROUTE: Section<StreamRoute> = {
  streams: parsed("streams", {
    expects: 'text such as "*"',
    parse: (written) => (typeof written === "string" && written !== "" ? written : undefined),
    reload: "live",
    description: "The names of the streams; * stands for any characters.",
  }),
  pull: servers("pull", "Where to fetch these streams."),
  push: servers("push", "Where these streams are sent."),
};

export const RELAY: Section<RelayOptions> = {
  pull: servers(
    "pull",
    "Where to fetch a stream that is played but not published here, once for all viewers: a URL, or a list whose first healthy server is used. The stream's name is appended to the application unless the URL has it: rtmp://host/live/{stream}.",
  ),
  pullIdleMs: duration("pullIdle", {
    default: 10 * SECOND,
    range: [0, HOUR],
    reload: "live",
    description: "How long it is fetched after its last viewer has left.",
  }),
  push: servers(
    "push",
    "Where each published stream is sent: a URL, or a list, all of which get it. {app}, {stream} and {key} (the stream with its query) are filled in: rtmps://ingest.example.net/app/{key}.",
  ),
  routes: listOf("routes", ROUTE, {
    reload: "live",
    description:
      "For some streams, other servers than pull and push: the first route whose pattern matches; * stands for any characters.",
    example: '{ streams: "cam-*", pull: rtmp://10.0.0.7/cams }',
  }),
  proxy: optional("proxy", {
    expects: SERVER,
    isSecret: true,
    format: String,
    parse: toUrl,
    reload: "sessions",
    description:
      "The server to which whole sessions are passed through: rtmp://10.0.0.6. With an application in the URL, `connect` is rewritten to it; {app} is the client's.",
  }),
  proxyProtocol: flag("proxyProtocol", {
    default: false,
    reload: "sessions",
    description: "Whether that server gets the client's address in a PROXY protocol header, version 2.",
  }),
};

export const DEFAULT_RELAY_OPTIONS: RelayOptions = defaultsOf(RELAY);
