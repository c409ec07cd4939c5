import { isIP, SocketAddress } from "node:net";
import {
  type ApplicationOptions,
  DEFAULT_APPLICATION_OPTIONS,
  levelsOf,
  type SwfIdentity,
} from "@headgate/bus";
import {
  count,
  defaultsOf,
  duration,
  flag,
  GIB,
  HOUR,
  KIB,
  listOf,
  MIB,
  MINUTE,
  oneOf,
  optional,
  parsed,
  SECOND,
  type Section,
  size,
} from "@headgate/config";
import { DRIVER_LIMITS, DRIVER_TIMEOUTS, type DriverLimits, type DriverTimeouts } from "@headgate/driver";
import type { DrainOptions } from "./drain.ts";
import type { MergeOptions } from "./merge-window.ts";

/** What the process as a whole accepts. Each bound protects the other users of the process from one peer or one address. */
export interface GatewayLimits extends DriverLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly maxStreams: number;
  readonly maxStreamsPerAddress: number;
  readonly maxWaitingStreams: number;
  readonly maxWaitingStreamsPerAddress: number;
  readonly maxLogBytes: number;
  readonly maxInputBytes: number;
}

/** The limits of which the memory decides if they are `auto`. */
type MemoryLimit =
  | "maxConnections"
  | "maxConnectionsPerAddress"
  | "maxStreams"
  | "maxStreamsPerAddress"
  | "maxLogBytes"
  | "maxInputBytes";

/** The same as written. */
export type WrittenLimits = Omit<GatewayLimits, MemoryLimit> & Readonly<Record<MemoryLimit, number | "auto">>;

/** How long each state may last. Milliseconds. */
export interface GatewayTimeouts extends DriverTimeouts {
  readonly policyMs: number;
}

/** Settings of every connection. */
export interface WireOptions {
  readonly chunkSize: number;
  readonly ackWindow: number;
  readonly rtmpe: boolean;
}

/** The sessions whose protocol is in the log, whatever its level is: of the peer with this address, and of this stream. */
export interface TraceOptions {
  readonly address: string | undefined;
  readonly stream: string | undefined;
}

export interface GatewayOptions extends WireOptions {
  readonly limits: GatewayLimits;
  readonly timeouts: GatewayTimeouts;
  /** By application name; `*` stands for every other name, and without it other names are refused. */
  readonly applications: ReadonlyMap<string, ApplicationOptions>;
  readonly merge: MergeOptions;
  readonly drain: DrainOptions;
  readonly trace: TraceOptions;
}

const auto = () => "auto" as const;

export const LIMITS: Section<WrittenLimits> = {
  maxConnections: count("maxConnections", {
    default: "auto",
    auto,
    range: [1, 1_000_000],
    reload: "live",
    description:
      "Open connections in total. auto: as many as fit what `maxLogBytes` and `maxInputBytes` leave of three quarters of the memory, 96KiB each, 10000 at most. Each needs a file descriptor: see `ulimit -n`.",
    beyond: "the connection is closed at once",
  }),
  maxConnectionsPerAddress: count("maxConnectionsPerAddress", {
    default: "auto",
    auto,
    range: [1, 1_000_000],
    reload: "live",
    description:
      "Open connections from one address, or one IPv6 /64; a company's proxy is one address. auto: half of `maxConnections`, 5000 at most.",
    beyond: "the connection is closed at once",
  }),
  maxStreams: count("maxStreams", {
    default: "auto",
    auto,
    range: [1, 1_000_000],
    reload: "live",
    description:
      "Streams with a publisher; those that only wait for one do not count. auto: as many as fit half of `maxLogBytes`, 64KiB each, 5000 at most.",
    beyond: "`publish` is refused: `STREAMS_EXCEEDED`",
  }),
  maxStreamsPerAddress: count("maxStreamsPerAddress", {
    default: "auto",
    auto,
    range: [1, 1_000_000],
    reload: "live",
    description:
      "The same for publishers of one address, or one IPv6 /64. auto: half of `maxStreams`, 2500 at most.",
    beyond: "the same",
  }),
  maxWaitingStreams: count("maxWaitingStreams", {
    default: 5_000,
    range: [1, 1_000_000],
    reload: "live",
    description: "Streams without a publisher that viewers wait for.",
    beyond:
      "the address that waits for most streams without a publisher, also for one that may come back, gives up the one it has waited for longest, unless more than a hundred of its viewers do: `WAITING_STREAMS_EXCEEDED`",
  }),
  maxWaitingStreamsPerAddress: count("maxWaitingStreamsPerAddress", {
    // With `pull` each is a connection to the origin.
    default: 256,
    range: [1, 1_000_000],
    reload: "live",
    description: "The same for viewers of one address.",
    beyond: "the same among the streams that one address waits for",
  }),
  maxLogBytes: size("maxLogBytes", {
    default: "auto",
    auto,
    range: [MIB, 1024 * GIB],
    reload: "live",
    description:
      "Memory for the media of all streams together. auto: a quarter of the memory of this machine or container, shared by the workers, 1GiB at most for each.",
    beyond:
      "the oldest bytes of the largest streams are dropped; metadata and decoder configurations count, and have a quarter at most",
  }),
  maxInputBytes: size("maxInputBytes", {
    default: "auto",
    auto,
    range: [MIB, 1024 * GIB],
    reload: "live",
    description:
      "Unfinished messages, requests of tunnels, and replies that are not read, of all connections together. auto: an eighth of the memory, 512MiB at most.",
    beyond:
      "`INPUT_EXCEEDED`, for replies `OUTPUT_EXCEEDED`, or 503 to a tunnel's request, for the peer that holds much and wants more",
  }),
  ...DRIVER_LIMITS,
};

export const TIMEOUTS: Section<GatewayTimeouts> = {
  ...DRIVER_TIMEOUTS,
  policyMs: duration("policy", {
    // Less than `connect`, so that a peer that waits for its `connect` hears why.
    default: 8 * SECOND,
    range: [100, MINUTE],
    reload: "live",
    description: "The time the server has to decide on a request.",
    beyond: "the request is refused: `POLICY_TIMED_OUT`",
  }),
};

export const WIRE: Section<WireOptions> = {
  chunkSize: size("chunkSize", {
    // SRS has proven it on the widest range of clients.
    default: 60_000,
    range: [128, 0xffffff],
    // Media is encoded into chunks once for all connections.
    reload: "restart",
    description: "The outgoing chunk size, for every connection.",
  }),
  ackWindow: size("ackWindow", {
    default: 2_500_000,
    range: [64 * KIB, GIB],
    reload: "sessions",
    description:
      "The window acknowledgement size sent to every peer: after this many bytes a peer reports what it has received.",
  }),
  rtmpe: flag("rtmpe", {
    default: true,
    reload: "sessions",
    description:
      "Whether peers may use RTMPE (rtmpe://), on every port and transport. It is for old players that insist on it; it keeps nothing secret.",
  }),
};

export const MERGE: Section<MergeOptions> = {
  soundWaitMs: duration("soundWait", {
    // A picture at 25 frames a second comes in time.
    default: 40,
    range: [0, SECOND],
    reload: "restart",
    description: "The longest time that sound waits for the next picture, to be written with it. 0s: never.",
  }),
  maxWindowMs: duration("maxWindow", {
    // Players buffer a second and more, so 100 ms cost them nothing.
    default: 100,
    range: [0, SECOND],
    reload: "live",
    description: "The longest time that messages are gathered for one write to a viewer. 0s: never.",
  }),
  maxWindowUnderLoadMs: duration("maxWindowUnderLoad", {
    // Less than a third of the writes of 100 ms; players buffer a second and more.
    default: 350,
    range: [0, SECOND],
    reload: "live",
    description:
      "The same while the process is busy for more than 60 percent of its time although it gathers for `maxWindow`.",
  }),
  targetUtilizationPercent: count("targetUtilizationPercent", {
    // Between the utilisation with 100 viewers written to at once and that with 1,000 written to ten times a second.
    default: 15,
    range: [1, 100],
    reload: "live",
    description:
      "How busy the process may be, as a percentage of its time, before it gathers more: a lower value saves work, a higher one latency.",
  }),
};

/** For viewers who are to see everything as soon as it arrives, whatever it costs. */
export const LATENCY_FIRST: MergeOptions = {
  ...defaultsOf(MERGE),
  soundWaitMs: 0,
  maxWindowMs: 0,
};

export const DRAIN: Section<DrainOptions> = {
  timeoutMs: duration("timeout", {
    // Docker kills a container 10 seconds after its signal.
    default: 5 * SECOND,
    range: [0, 24 * HOUR],
    reload: "live",
    description:
      "From SIGTERM, or `headgate drain`, to the end of the sessions that are left then. A supervisor must wait for longer. 0s: no draining.",
    beyond: "the sessions are ended",
  }),
  waitMs: duration("wait", {
    default: 2 * SECOND,
    range: [0, HOUR],
    reload: "live",
    description:
      "From the signal until new clients are refused and the first are asked to connect again: until then everybody is served, and load balancers, which ask /readyz, must have heard. Of the rest of the time, publishers are asked in the first quarter, and viewers in the second.",
  }),
};

export const TRACE: Section<TraceOptions> = {
  address: optional("address", {
    expects: 'an IP address such as "192.0.2.7"',
    parse: (written) => (typeof written === "string" && isIP(written) ? spelled(written) : undefined),
    reload: "sessions",
    description: "The sessions of the peer with this IP address.",
  }),
  stream: optional("stream", {
    expects: 'the path of a stream such as "live/cam"',
    parse: (written) => (typeof written === "string" ? asPath(written) : undefined),
    reload: "sessions",
    description: "The sessions that publish or play the stream with this path.",
  }),
};

/** As the paths of streams are spelled; a virtual host's begins with two slashes. */
function asPath(written: string): string {
  return (written.startsWith("//") ? "//" : "") + levelsOf(written).join("/");
}

/** As the addresses of peers are spelled. */
function spelled(address: string): string {
  if (isIP(address) === 4) return address;
  const [bare = "", zone] = address.split("%");
  const canonical = new SocketAddress({ address: bare, family: "ipv6" }).address;
  return canonical.replace(/^::ffff:(?=\d+\.)/, "") + (zone === undefined ? "" : `%${zone}`);
}

/** HMAC-SHA256. Bytes. */
const HASH_LENGTH = 32;

const SWF: Section<SwfIdentity> = {
  size: count("size", {
    range: [1, GIB],
    reload: "live",
    description: "Its size in bytes when it is not compressed.",
  }),
  hash: parsed("hash", {
    expects: `${2 * HASH_LENGTH} hexadecimal digits`,
    parse: (written) =>
      typeof written === "string" && /^[0-9a-f]{64}$/i.test(written)
        ? new Uint8Array(Buffer.from(written, "hex"))
        : undefined,
    reload: "live",
    description: "Its hash, as `headgate swf FILE` prints it.",
  }),
};

const byDefault = DEFAULT_APPLICATION_OPTIONS;

export const APPLICATION: Section<ApplicationOptions> = {
  publisherPolicy: oneOf("publisherPolicy", ["reject", "takeover"], {
    default: byDefault.publisherPolicy,
    reload: "live",
    description:
      "When a stream that has a publisher is published again: reject the second publisher, or let it take over (takeover).",
  }),
  resumeWindowMs: duration("resumeWindow", {
    default: byDefault.resumeWindowMs,
    range: [0, HOUR],
    reload: "sessions",
    description: "How long viewers wait for a publisher that has left; 0s: not at all.",
  }),
  lagPolicy: oneOf("lagPolicy", ["jump", "drop"], {
    default: byDefault.lagPolicy,
    reload: "sessions",
    description: "A viewer that is too far behind jumps to the newest keyframe (jump), or is dropped (drop).",
  }),
  gopCacheMs: duration("gopCache", {
    default: byDefault.gopCacheMs,
    range: [0, 10 * MINUTE],
    reload: "sessions",
    description:
      "A viewer starts at the newest keyframe if it is no older than this; 0s: always at the next (least latency).",
    beyond: "a viewer waits for the next keyframe instead of starting at the newest",
  }),
  keyframeWaitMs: duration("keyframeWait", {
    default: byDefault.keyframeWaitMs,
    range: [0, MINUTE],
    reload: "sessions",
    description:
      "A viewer that waits for a keyframe has sound at once, and pictures after this time with or without one.",
    beyond: "pictures come without a keyframe",
  }),
  retentionMs: duration("retention", {
    default: byDefault.retentionMs,
    range: [SECOND, 10 * MINUTE],
    reload: "sessions",
    description:
      "How much of a stream is kept for a viewer that reads slowly; one further behind is too far behind.",
    beyond: "a viewer further behind has lagged",
  }),
  retentionBytes: size("retentionSize", {
    default: byDefault.retentionBytes,
    range: [256 * KIB, 4 * GIB],
    reload: "sessions",
    description: "The same, in bytes.",
    beyond: "the same",
  }),
  swfVerification: listOf("swfVerification", SWF, {
    reload: "live",
    description:
      "Only players made of one of these SWFs may play, over RTMP with a digest or RTMPE; `headgate swf FILE` prints the lines.",
    example: "{ size: 16, hash: 1230a11f825fe22f43536a87246e1909ad5ae398a2391eb940380a69e27bf518 }",
  }),
};

export const DEFAULT_LIMITS: GatewayLimits = {
  ...defaultsOf(LIMITS),
  // The most that `auto` gives, however large the machine.
  maxConnections: 10_000,
  maxConnectionsPerAddress: 5_000,
  maxStreams: 5_000,
  maxStreamsPerAddress: 2_500,
  maxLogBytes: GIB,
  maxInputBytes: 512 * MIB,
};

export const DEFAULT_TIMEOUTS: GatewayTimeouts = defaultsOf(TIMEOUTS);

/** Any application name is served. */
export const DEFAULT_GATEWAY_OPTIONS: GatewayOptions = {
  ...defaultsOf(WIRE),
  limits: DEFAULT_LIMITS,
  timeouts: DEFAULT_TIMEOUTS,
  applications: new Map([["*", DEFAULT_APPLICATION_OPTIONS]]),
  merge: defaultsOf(MERGE),
  drain: defaultsOf(DRAIN),
  trace: defaultsOf(TRACE),
};
