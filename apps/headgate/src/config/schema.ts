import { availableParallelism } from "node:os";
import { type ApplicationOptions, DEFAULT_APPLICATION_OPTIONS, type SwfIdentity } from "@headgate/bus";
import {
  DEFAULT_ACK_WINDOW,
  DEFAULT_CHUNK_SIZE,
  DEFAULT_LIMITS,
  DEFAULT_MERGE,
  DEFAULT_TIMEOUTS,
  type GatewayTimeouts,
  type MergeOptions,
} from "@headgate/gateway";
import { DEFAULT_MAX_REPLY_BYTES, MAX_NODE_LENGTH, type TunnelServerOptions } from "@headgate/http";
import type { ForwardedHeader, PortProtocol } from "@headgate/listener";
import { DEFAULT_RELAY_OPTIONS, type RelayOptions, type StreamRoute } from "@headgate/relay";
import type { CertificateFiles, TlsOptions, TlsVersion } from "@headgate/tls";
import {
  bytes,
  count,
  countOrAuto,
  duration,
  type Fields,
  file,
  flag,
  group,
  hostNames,
  listOf,
  networks,
  oneOf,
  optionalFile,
  propertiesOf,
  rtmpUrl,
  rtmpUrls,
  type Schema,
  section,
  size,
  sizeOrAuto,
  someOf,
  text,
  webServer,
  word,
} from "./field.ts";
import type { ConfiguredLimits } from "./memory-share.ts";

/** One address the gateway accepts connections on. */
export interface ListenerOptions {
  readonly port: number;
  readonly host: string;
  readonly protocols: readonly PortProtocol[];
  readonly tls: ListenerTlsOptions;
  readonly trustedProxies: readonly string[];
  readonly trustedHeader: ForwardedHeader;
}

type ListenerTlsOptions = Pick<TlsOptions, "certificates" | "minVersion" | "maxVersion">;

/** How RTMP goes through HTTP. */
export type TunnelOptions = Pick<TunnelServerOptions, "maxReplyBytes" | "node">;

/** What answers HTTP requests on the ports for media. */
export interface HttpOptions {
  /** Gets all requests that are not a tunnel's. */
  readonly webServer: URL | undefined;
}

/** Where the admin HTTP server answers. */
export interface AdminOptions {
  readonly host: string;
  readonly port: number;
  readonly hosts: readonly string[];
}

export interface LogOptions {
  readonly level: "fatal" | "error" | "warn" | "info" | "debug" | "trace";
  readonly format: "auto" | "pretty" | "json";
}

/** Settings of every connection of the process, at the top of the file. */
export interface WireOptions {
  readonly chunkSize: number;
  readonly ackWindow: number;
  readonly rtmpe: boolean;
}

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const CERTIFICATE: Fields<CertificateFiles> = {
  cert: file("cert", "The certificate, followed by those up to its authority, in PEM form."),
  key: file("key", "Its private key, in PEM form."),
};

/** From old to new. */
export const TLS_VERSIONS: readonly TlsVersion[] = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

const TLS: Fields<ListenerTlsOptions> = {
  certificates: listOf(
    "certificates",
    CERTIFICATE,
    "Chosen by the host name that a client asks for; the first is also for clients that send none.",
  ),
  minVersion: oneOf(
    "minVersion",
    "TLSv1.2",
    TLS_VERSIONS,
    "The oldest version of TLS; 1.0 and 1.1 are not safe.",
  ),
  maxVersion: oneOf("maxVersion", "TLSv1.3", TLS_VERSIONS, "The newest version of TLS."),
};

export const LISTENER: Fields<ListenerOptions> = {
  port: count("port", 1935, [1, 65_535], "The TCP port that encoders and players connect to."),
  host: text("host", "::", 'The address to listen on; "::" is every address, IPv6 and IPv4.'),
  protocols: someOf(
    "protocols",
    ["rtmp", "rtmps", "http", "https"],
    "The protocols accepted there, recognised by the first bytes of a connection.",
  ),
  tls: group("tls", TLS, "For rtmps and https."),
  trustedProxies: networks(
    "trustedProxies",
    "Load balancers whose PROXY protocol headers are believed; from all others they are refused.",
  ),
  trustedHeader: oneOf(
    "trustedHeader",
    "X-Forwarded-For",
    ["X-Forwarded-For", "Forwarded"],
    "The header in which they name the client of an HTTP request; the other one is ignored, as the client may have written it.",
  ),
};

/** How many processes share the work. */
export interface ProcessOptions {
  readonly workers: number;
}

const MAX_WORKERS = 256;

export const PROCESSES: Fields<ProcessOptions> = {
  workers: countOrAuto(
    "workers",
    1,
    [1, MAX_WORKERS],
    availableParallelism,
    "Processes that share the work; auto: one per processor.",
  ),
};

export const ADMIN: Fields<AdminOptions> = {
  host: text(
    "host",
    "127.0.0.1",
    "The address of the admin HTTP server. It has no password, so keep it local.",
  ),
  port: count("port", 1985, [1, 65_535], "Its TCP port."),
  hosts: hostNames(
    "hosts",
    "Host names for which it answers, besides addresses, localhost and `host`; requests for any other name are refused.",
  ),
};

export const HTTP: Fields<HttpOptions> = {
  webServer: webServer(
    "webServer",
    "The web server that gets requests that are not a tunnel's; without it there is GET /healthz and nothing else.",
  ),
};

/** Settings of connections to other servers. */
export interface OutwardOptions {
  readonly caFile: string;
  readonly insecure: boolean;
}

export const OUTWARD: Fields<OutwardOptions> = {
  caFile: optionalFile("caFile", "Trusted authorities, in PEM form, instead of the usual ones."),
  insecure: flag("insecure", false, "Accept certificates that cannot be verified."),
};

export const TUNNEL: Fields<TunnelOptions> = {
  node: word(
    "node",
    MAX_NODE_LENGTH,
    "The beginning of this process's session ids, so that a load balancer can tell where a request belongs.",
  ),
  maxReplyBytes: size(
    "maxReplyBytes",
    DEFAULT_MAX_REPLY_BYTES,
    [4 * KIB, MIB],
    "Payload of one HTTP reply, for proxies that limit downloads. A lower value is slower over a distance.",
  ),
};

export const LOG: Fields<LogOptions> = {
  level: oneOf(
    "level",
    "info",
    ["fatal", "error", "warn", "info", "debug", "trace"],
    "The lowest level that is logged.",
  ),
  format: oneOf(
    "format",
    "auto",
    ["auto", "pretty", "json"],
    "auto: pretty on a terminal, JSON lines elsewhere.",
  ),
};

export const WIRE: Fields<WireOptions> = {
  chunkSize: size(
    "chunkSize",
    DEFAULT_CHUNK_SIZE,
    [128, 0xffffff],
    "The outgoing chunk size, for every connection.",
  ),
  ackWindow: size(
    "ackWindow",
    DEFAULT_ACK_WINDOW,
    [64 * KIB, GIB],
    "The window acknowledgement size sent to every peer: after this many bytes it reports what it has received.",
  ),
  rtmpe: flag(
    "rtmpe",
    true,
    "Whether peers may use RTMPE. Its encryption is for old players, not for secrets.",
  ),
};

export const MERGE: Fields<MergeOptions> = {
  maxWindowMs: duration(
    "maxWindow",
    DEFAULT_MERGE.maxWindowMs,
    [0, SECOND],
    "The longest time that messages are gathered for one write to a viewer under load; 0s: never.",
  ),
  targetUtilizationPercent: count(
    "targetUtilizationPercent",
    DEFAULT_MERGE.targetUtilizationPercent,
    [1, 100],
    "How busy the process may be before it gathers more: a lower value saves work, a higher one latency.",
  ),
};

const limits = DEFAULT_LIMITS;
export const LIMITS: Fields<ConfiguredLimits> = {
  maxConnections: count(
    "maxConnections",
    limits.maxConnections,
    [1, 1_000_000],
    "Open connections in total.",
  ),
  maxConnectionsPerAddress: count(
    "maxConnectionsPerAddress",
    limits.maxConnectionsPerAddress,
    [1, 1_000_000],
    "Open connections from one address, or one IPv6 /64; a company's proxy is one address.",
  ),
  maxStreams: count("maxStreams", limits.maxStreams, [1, 1_000_000], "Streams with a publisher."),
  maxStreamsPerAddress: count(
    "maxStreamsPerAddress",
    limits.maxStreamsPerAddress,
    [1, 1_000_000],
    "The same for publishers of one address, or one IPv6 /64.",
  ),
  maxWaitingStreams: count(
    "maxWaitingStreams",
    limits.maxWaitingStreams,
    [1, 1_000_000],
    "Streams without a publisher that viewers wait for; beyond it the longest wait ends.",
  ),
  maxWaitingStreamsPerAddress: count(
    "maxWaitingStreamsPerAddress",
    limits.maxWaitingStreamsPerAddress,
    [1, 1_000_000],
    "The same for viewers of one address.",
  ),
  maxPullsPerOrigin: count(
    "maxPullsPerOrigin",
    limits.maxPullsPerOrigin,
    [1, 1_000_000],
    "Streams that are fetched from one origin, each over a connection of its own.",
  ),
  maxLogBytes: sizeOrAuto(
    "maxLogBytes",
    [MIB, 1024 * GIB],
    "Memory for the media of all streams together; beyond it the oldest bytes of the largest streams are dropped first. auto: a quarter of the memory, 1GiB at most.",
  ),
  maxMessageBytes: size(
    "maxMessageBytes",
    limits.maxMessageBytes,
    [64 * KIB, 16 * MIB],
    "One message, which is one video frame; RTMP itself allows 16MiB.",
  ),
  maxPartialBytes: size(
    "maxPartialBytes",
    limits.maxPartialBytes,
    [64 * KIB, GIB],
    "Unfinished messages of one connection together.",
  ),
  maxInputBytes: sizeOrAuto(
    "maxInputBytes",
    [MIB, 1024 * GIB],
    "Unfinished messages, and requests of tunnels, of all connections together. auto: an eighth of the memory, 512MiB at most.",
  ),
  maxChunkStreams: count(
    "maxChunkStreams",
    limits.maxChunkStreams,
    [8, 65_598],
    "Chunk streams one connection may use; real clients use at most a dozen.",
  ),
  maxNetStreams: count(
    "maxNetStreams",
    limits.maxNetStreams,
    [1, 1_000],
    "NetStreams open at once on one connection.",
  ),
  maxAmfDepth: count("maxAmfDepth", limits.maxAmfDepth, [4, 256], "Nesting of the values in one command."),
  maxAmfValues: count("maxAmfValues", limits.maxAmfValues, [100, 1_000_000], "Values in one command."),
  maxPendingOutputBytes: size(
    "maxPendingOutputBytes",
    limits.maxPendingOutputBytes,
    [16 * KIB, GIB],
    "Replies a peer may leave unread before it is disconnected; media does not count.",
  ),
};

const timeouts = DEFAULT_TIMEOUTS;
export const TIMEOUTS: Fields<GatewayTimeouts> = {
  firstByteMs: duration(
    "firstByte",
    timeouts.firstByteMs,
    [100, HOUR],
    "From the connection to its first byte.",
  ),
  handshakeMs: duration(
    "handshake",
    timeouts.handshakeMs,
    [100, HOUR],
    "From the first byte to the handshake's end.",
  ),
  connectMs: duration(
    "connect",
    timeouts.connectMs,
    [100, HOUR],
    "From the handshake to an accepted connect.",
  ),
  pingIntervalMs: duration(
    "pingInterval",
    timeouts.pingIntervalMs,
    [SECOND, HOUR],
    "A peer that is silent for this long is sent a ping.",
  ),
  pingTimeoutMs: duration(
    "pingTimeout",
    timeouts.pingTimeoutMs,
    [SECOND, HOUR],
    "A peer that is still silent this long after the ping is disconnected.",
  ),
  policyMs: duration(
    "policy",
    timeouts.policyMs,
    [100, MINUTE],
    "The time the server has to decide on a request; after that the request is refused.",
  ),
  stallMs: duration(
    "stall",
    timeouts.stallMs,
    [SECOND, HOUR],
    "A viewer that takes no byte for this long while media waits for it is disconnected.",
  ),
  closeMs: duration(
    "close",
    timeouts.closeMs,
    [10, MINUTE],
    "The time a connection has for its last bytes, and the whole process to end.",
  ),
};

/** HMAC-SHA256. Bytes. */
const HASH_LENGTH = 32;

const SWF: Fields<SwfIdentity> = {
  size: count("size", 0, [1, GIB], "Its size in bytes when it is not compressed."),
  hash: bytes("hash", HASH_LENGTH, "Its hash, as `headgate swf FILE` prints it."),
};

const application = DEFAULT_APPLICATION_OPTIONS;
const relaying = DEFAULT_RELAY_OPTIONS;

const pull = rtmpUrls(
  "pull",
  "Where to fetch a stream that is played but not published here: the first healthy server.",
);
const push = rtmpUrls("push", "Where each published stream is sent: to all of these servers.");

const ROUTE: Fields<StreamRoute> = {
  streams: text("streams", "*", "The names of the streams; * stands for any characters."),
  pull,
  push,
};

/** The complete options of one application. */
export interface ApplicationConfig extends ApplicationOptions, RelayOptions {}

export const APPLICATION: Fields<ApplicationConfig> = {
  publisherPolicy: oneOf(
    "publisherPolicy",
    application.publisherPolicy,
    ["reject", "takeover"],
    "When a stream that has a publisher is published again: reject the second publisher, or let it take over.",
  ),
  resumeWindowMs: duration(
    "resumeWindow",
    application.resumeWindowMs,
    [0, HOUR],
    "How long viewers wait for a publisher that has left; 0s: not at all.",
  ),
  lagPolicy: oneOf(
    "lagPolicy",
    application.lagPolicy,
    ["jump", "drop"],
    "A viewer that is too far behind jumps to the newest keyframe, or is dropped.",
  ),
  gopCacheMs: duration(
    "gopCache",
    application.gopCacheMs,
    [0, 10 * MINUTE],
    "A viewer starts at the newest keyframe if it is no older than this; 0s: always at the next (least latency).",
  ),
  keyframeWaitMs: duration(
    "keyframeWait",
    application.keyframeWaitMs,
    [0, MINUTE],
    "A viewer that waits for a keyframe has sound at once, and pictures after this time with or without one.",
  ),
  retentionMs: duration(
    "retention",
    application.retentionMs,
    [SECOND, 10 * MINUTE],
    "How much of a stream is kept; a viewer further behind is too far behind.",
  ),
  retentionBytes: size(
    "retentionSize",
    application.retentionBytes,
    [256 * KIB, 4 * GIB],
    "The same, in bytes.",
  ),
  swfVerification: listOf("swfVerification", SWF, "Only players made of one of these SWFs may play."),
  pull,
  pullIdleMs: duration(
    "pullIdle",
    relaying.pullIdleMs,
    [0, HOUR],
    "How long a stream is fetched after its last viewer has left.",
  ),
  push,
  routes: listOf(
    "routes",
    ROUTE,
    "For some streams, other servers than pull and push: the first route that matches.",
    ["streams"],
  ),
  proxy: rtmpUrl("proxy", "The server to which whole sessions are passed through."),
  proxyProtocol: flag(
    "proxyProtocol",
    relaying.proxyProtocol,
    "Whether that server gets the client's address in a PROXY protocol header, version 2.",
  ),
};

/**
 * A name may have several levels ("live/west"). A `?` and what follows is never part of it. A virtual host may precede it
 * ("//tv.example.com/live").
 */
const APPLICATION_NAME = "^(//[a-z0-9.:\\[\\]-]+/)?(\\*|[^\\s?*/]+(/[^\\s?*/]+)*)$";

/** The whole file as JSON Schema: what people may write, with a description and a default for every key. */
export const CONFIG_SCHEMA: Schema = {
  description: "The configuration of Headgate.",
  type: "object",
  additionalProperties: false,
  properties: {
    listeners: {
      description: "Where encoders and players connect.",
      type: ["array", "null"],
      minItems: 1,
      items: section("One address.", LISTENER),
    },
    ...propertiesOf(PROCESSES),
    admin: section("The admin HTTP server: GET /healthz.", ADMIN),
    http: section("HTTP on the media ports, other than tunnels.", HTTP),
    tunnel: section("RTMP through HTTP (RTMPT).", TUNNEL),
    outward: section("Connections to other servers: pull, push and proxy.", OUTWARD),
    log: section("What is logged, and how.", LOG),
    ...propertiesOf(WIRE),
    merge: section("How messages for viewers are gathered into fewer writes as load grows.", MERGE),
    limits: section("What one process accepts before it refuses.", LIMITS),
    timeouts: section("How long each state of a connection may last.", TIMEOUTS),
    applications: {
      description: 'Policies by application name; "*" is every other name, and what the others inherit from.',
      type: ["object", "null"],
      minProperties: 1,
      propertyNames: { pattern: APPLICATION_NAME },
      additionalProperties: section("One application.", APPLICATION),
    },
  },
};
