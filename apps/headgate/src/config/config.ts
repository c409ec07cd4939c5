import { availableParallelism } from "node:os";
import { ACCESS, type AccessOptions, type ApplicationAccess, PLAY, PUBLISH } from "@headgate/access";
import { ACME, type AcmeSettings } from "@headgate/acme";
import { API, type ApiOptions } from "@headgate/api";
import type { ApplicationOptions } from "@headgate/bus";
import { OUTWARD, type OutwardOptions } from "@headgate/client";
import {
  count,
  defaultsOf,
  type Field,
  flag,
  group,
  list,
  listOf,
  namedSections,
  oneOf,
  optional,
  orWord,
  type Section,
  text,
  value,
} from "@headgate/config";
import {
  APPLICATION,
  DRAIN,
  type DrainOptions,
  type GatewayTimeouts,
  LATENCY_FIRST,
  LIMITS,
  MERGE,
  type MergeOptions,
  TIMEOUTS,
  TRACE,
  type TraceOptions,
  WIRE,
  type WireOptions,
  type WrittenLimits,
} from "@headgate/gateway";
import { APPLICATION_HOOKS, HOOKS, type HooksOptions } from "@headgate/hooks";
import { TUNNEL, type TunnelOptions } from "@headgate/http";
import { APPLICATION_HTTP_FLV, type ApplicationHttpFlv } from "@headgate/http-flv";
import {
  CONNECTION_LIMITS,
  LIMIT_RULES,
  type Limits,
  type LimitsOptions,
  PLAY_LIMITS,
  PUBLISH_LIMITS,
} from "@headgate/limits";
import { PORT, type PortSettings, TRUST, type TrustSettings } from "@headgate/listener";
import { type ApplicationPlaylists, PLAYLISTS } from "@headgate/playlists";
import {
  APPLICATION_RECORDING,
  type ApplicationRecording,
  RECORDING,
  type RecordingOptions,
} from "@headgate/recording";
import { RELAY, RELAY_LIMITS, type RelayLimits, type RelayOptions } from "@headgate/relay";
import { TLS, type TlsSettings } from "@headgate/tls";

/** The whole file: the keys of all packages, and below it those of the app. */
export interface FileOptions extends ProcessOptions, WireOptions {
  readonly listeners: readonly ListenerOptions[];
  readonly admin: AdminOptions;
  readonly http: HttpOptions;
  readonly tunnel: TunnelOptions;
  readonly outward: OutwardOptions;
  readonly log: LogOptions;
  readonly merge: MergeOptions;
  readonly drain: DrainOptions;
  readonly limits: WrittenLimits & RelayLimits;
  readonly timeouts: GatewayTimeouts;
  readonly access: AccessOptions & HooksOptions & LimitsOptions;
  readonly recording: RecordingOptions;
  readonly applications: ReadonlyMap<string, ApplicationConfig>;
}

/** One address the gateway accepts connections on. */
export interface ListenerOptions extends PortSettings, TrustSettings {
  readonly tls: ListenerTls;
  /** Used if `port` is not available. Only for defaults: a configured port has no fallback. */
  readonly fallbackPort?: number;
}

interface ListenerTls extends TlsSettings {
  readonly acme: AcmeSettings;
}

export function hasTls({ protocols }: ListenerOptions): boolean {
  return protocols.includes("rtmps") || protocols.includes("https");
}

/** The complete options of one application. */
export interface ApplicationConfig
  extends ApplicationOptions,
    ApplicationRequests,
    RelayOptions,
    HooksOptions,
    ApplicationRecording,
    ApplicationPlaylists,
    ApplicationHttpFlv {}

/** Who may publish and play, and how much. */
interface ApplicationRequests extends Pick<Limits, "maxConnections"> {
  readonly publish: ApplicationAccess["publish"] & Limits["publish"];
  readonly play: ApplicationAccess["play"] & Limits["play"];
}

/** How many processes share the work. */
interface ProcessOptions {
  readonly workers: number;
  readonly directSend: boolean;
}

/** Where the admin HTTP server answers, and whom. */
export interface AdminOptions extends ApiOptions {
  readonly host: string;
  readonly port: number;
  readonly hosts: readonly string[];
}

/** What answers HTTP requests on the ports for media. */
interface HttpOptions {
  /** Gets all requests that are not a tunnel's and have no route. */
  readonly webServer: URL | undefined;
}

export interface LogOptions {
  readonly level: "fatal" | "error" | "warn" | "info" | "debug" | "trace";
  readonly format: "auto" | "pretty" | "json";
  readonly trace: TraceOptions;
}

const LISTENER_TLS: Section<ListenerTls> = {
  ...TLS,
  acme: group(
    "acme",
    ACME,
    "A certificate that Headgate obtains itself from an authority such as Let's Encrypt, and renews. It is used beside `certificates`.",
  ),
};

const LISTENER: Section<ListenerOptions> = {
  ...PORT,
  tls: group("tls", LISTENER_TLS, "For rtmps and https."),
  ...TRUST,
};

const MAX_WORKERS = 256;

const PROCESSES: Section<ProcessOptions> = {
  workers: count("workers", {
    default: 1,
    range: [1, MAX_WORKERS],
    auto: () => Math.min(MAX_WORKERS, availableParallelism()),
    reload: "restart",
    description:
      "Processes that share the work: each accepts connections on every port, and a stream published in one can be watched in all. auto: one per processor. The limits hold for each process.",
  }),
  directSend: flag("directSend", {
    default: true,
    reload: "restart",
    description:
      "Whether what viewers get outside of TLS goes past Node's sockets to the system, and what it has of recordings in memory is read past Node's threads, which costs less. Only where `npm run build` has found a C compiler; everything works without.",
  }),
};

const ADMIN: Section<AdminOptions> = {
  host: text("host", { default: "127.0.0.1", reload: "restart", description: "The address to listen on." }),
  port: count("port", { default: 1985, range: [1, 65_535], reload: "restart", description: "The TCP port." }),
  hosts: list("hosts", {
    items: value({
      expects: 'the name of a host such as "gateway.example.com"',
      parse: (written) =>
        typeof written === "string" && /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(written) ? written : undefined,
    }),
    reload: "live",
    description:
      "Host names for which it answers, such as [headgate.internal], besides IP addresses, localhost and `host`. Requests for any other name are refused, because a web page can point its own name here.",
  }),
  ...API,
};

const HTTP: Section<HttpOptions> = {
  webServer: optional("webServer", {
    expects: 'the address of a web server such as "http://127.0.0.1:8134"',
    parse: (written) =>
      typeof written === "string" && /^http:\/\/[^/?#@\s]+\/?$/.test(written) && URL.canParse(written)
        ? new URL(written)
        : undefined,
    reload: "restart",
    description:
      'The web server that gets all requests but those of tunnels, GET /healthz and /readyz, as "http://127.0.0.1:8134"; without it they get a notice.',
  }),
};

const LOG: Section<LogOptions> = {
  level: oneOf("level", ["fatal", "error", "warn", "info", "debug", "trace"], {
    default: "info",
    // A session's lines are chosen when it begins.
    reload: "sessions",
    description: "The lowest level that is logged: fatal, error, warn, info, debug or trace.",
  }),
  format: oneOf("format", ["auto", "pretty", "json"], {
    default: "auto",
    reload: "restart",
    description: "pretty or json; auto is pretty on a terminal and json elsewhere.",
  }),
  trace: group("trace", TRACE, "Sessions whose protocol is logged, whatever the level is."),
};

const APPLICATION_REQUESTS: Section<ApplicationRequests> = {
  publish: group(
    "publish",
    { ...PUBLISH, ...PUBLISH_LIMITS },
    "Who may publish: by address, and with credentials, of which one will do; and how much.",
  ),
  play: group("play", { ...PLAY, ...PLAY_LIMITS }, "Who may play, in the same way, and how many."),
  ...CONNECTION_LIMITS,
};

export const CONFIG: Section<FileOptions> = {
  listeners: listeners(),
  ...PROCESSES,
  admin: group(
    "admin",
    ADMIN,
    "The admin HTTP server: GET /healthz, /metrics and the API, which /api/v1/docs describes. Without `tokens`, `oidc` or `tls.clientCa` it answers everybody who reaches it.",
  ),
  http: group("http", HTTP, "HTTP on the media ports, other than tunnels."),
  tunnel: group("tunnel", TUNNEL, "RTMP through HTTP (RTMPT)."),
  outward: group(
    "outward",
    OUTWARD,
    "Connections to other servers: pull, push, proxy and hooks. HTTP proxies are taken from http_proxy, https_proxy and no_proxy, but for hooks.",
  ),
  log: group("log", LOG, "What is logged, and how."),
  ...WIRE,
  merge: orWord(
    group(
      "merge",
      MERGE,
      "How messages for viewers are gathered into fewer writes as load grows. A process with little to do writes pictures at once. `merge: latency` writes everything at once, whatever it costs.",
    ),
    { latency: LATENCY_FIRST },
  ),
  drain: group("drain", DRAIN, "How the sessions are handed over before the server ends."),
  limits: group("limits", { ...LIMITS, ...RELAY_LIMITS }, "What one process accepts before it refuses."),
  timeouts: group("timeouts", TIMEOUTS, "How long each state of a connection may last."),
  access: group("access", { ...ACCESS, ...LIMIT_RULES, ...HOOKS }, "Who may connect, publish and play."),
  recording: group("recording", RECORDING, "Where recordings are, and which of them are kept."),
  applications: namedSections("applications", {
    section: {
      ...APPLICATION,
      ...APPLICATION_REQUESTS,
      ...RELAY,
      ...APPLICATION_HOOKS,
      ...APPLICATION_RECORDING,
      ...PLAYLISTS,
      ...APPLICATION_HTTP_FLV,
    },
    rest: "*",
    // A name may have several levels ("live/west"). A `?` and what follows is never part of it. A virtual host may precede it.
    pattern: /^(\/\/[a-z0-9.:[\]-]+\/)?(\*|[^\s?*/]+(\/[^\s?*/]+)*)$/,
    misnamed: 'an application\'s name: use "live", "live/west" or "*"',
    expects: "application names, at least one, each with its keys below it",
    description:
      'Options by application, which is the first part of a stream\'s path: rtmp://host/APPLICATION/stream. "*" is every other application, and the others inherit from it. Without "*", only the applications named here exist. "//tv.example.com/live" is the application `live` for clients that use that host name, with streams of its own; "//tv.example.com/*" is every other there.',
  }),
};

/** The ports that old players try: RTMP on 1935, then 443 and 80. The last two need rights that a user may not have. */
function listeners(): Field<readonly ListenerOptions[]> {
  const one: ListenerOptions = defaultsOf(LISTENER);
  const byDefault = [
    one,
    { ...one, port: 80, fallbackPort: 8080 },
    { ...one, port: 443, fallbackPort: 8443 },
  ];
  const field = listOf("listeners", LISTENER, {
    default: byDefault,
    needsEntry: true,
    reload: "listener",
    description:
      "Where encoders and players connect. Each entry of the list is an address; it is an error if Headgate cannot listen there. Without this list there are three listeners, 1935, 80 and 443, with 8080 and 8443 instead where the last two are not available.",
  });
  return {
    ...field,
    read: (written, ...place) => (written === null ? byDefault : field.read(written, ...place)),
    // A variable about a listener begins a list.
    parts: { ...field.parts!, begin: () => [{}] },
  };
}
