import { count, duration, GIB, HOUR, KIB, MIB, MINUTE, SECOND, type Section, size } from "@headgate/config";
import { type ConnectionTimeouts, DEFAULT_CONNECTION_LIMITS } from "@headgate/connection";

/** What one connection may hold, and what its peer may say. Each bound protects the other users of the process. */
export interface DriverLimits {
  readonly maxMessageBytes: number;
  readonly maxPartialBytes: number;
  readonly maxChunkStreams: number;
  readonly maxNetStreams: number;
  readonly maxAmfDepth: number;
  readonly maxAmfValues: number;
  readonly maxPendingOutputBytes: number;
}

/** How long each state of a connection may last. Milliseconds. */
export interface DriverTimeouts extends ConnectionTimeouts {
  readonly stallMs: number;
  readonly closeMs: number;
}

const { chunk, session, maxPendingOutputBytes } = DEFAULT_CONNECTION_LIMITS;

export const DRIVER_LIMITS: Section<DriverLimits> = {
  maxMessageBytes: size("maxMessageBytes", {
    default: chunk.maxMessageBytes,
    range: [64 * KIB, 16 * MIB],
    reload: "sessions",
    description: "One message, which is one video frame; RTMP itself allows 16MiB.",
    beyond: "`MESSAGE_TOO_LONG`",
  }),
  maxPartialBytes: size("maxPartialBytes", {
    default: chunk.maxPartialBytes,
    range: [64 * KIB, GIB],
    reload: "sessions",
    description: "Unfinished messages of one connection together.",
    beyond: "`CHUNK_BUFFER_EXCEEDED`",
  }),
  maxChunkStreams: count("maxChunkStreams", {
    default: chunk.maxChunkStreams,
    range: [8, 65_598],
    reload: "sessions",
    description: "Chunk streams one connection may use; Flash has up to five for each NetStream.",
    beyond: "`CHUNK_STREAMS_EXCEEDED`",
  }),
  maxNetStreams: count("maxNetStreams", {
    default: session.maxNetStreams,
    range: [1, 1_000],
    reload: "sessions",
    description: "NetStreams open at once on one connection.",
    beyond: "`NET_STREAMS_EXCEEDED`",
  }),
  maxAmfDepth: count("maxAmfDepth", {
    default: session.amf.maxDepth,
    range: [4, 256],
    reload: "sessions",
    description: "Nesting of the values in one command.",
    beyond: "`AMF_DEPTH_EXCEEDED`",
  }),
  maxAmfValues: count("maxAmfValues", {
    default: session.amf.maxValues,
    range: [100, 1_000_000],
    reload: "sessions",
    description: "Values in one command.",
    beyond: "`AMF_SIZE_EXCEEDED`",
  }),
  maxPendingOutputBytes: size("maxPendingOutputBytes", {
    default: maxPendingOutputBytes,
    range: [16 * KIB, GIB],
    reload: "sessions",
    description: "Replies a peer may leave unread before it is disconnected; media does not count.",
    beyond: "`OUTPUT_EXCEEDED`: commands are answered at once, so this bounds how many answers may be unread",
  }),
};

export const DRIVER_TIMEOUTS: Section<DriverTimeouts> = {
  firstByteMs: duration("firstByte", {
    // Fallback attempts of old players leave silent sockets behind.
    default: 10 * SECOND,
    range: [100, HOUR],
    reload: "sessions",
    description: "From the connection to its first byte.",
    beyond: "disconnected",
  }),
  handshakeMs: duration("handshake", {
    default: 10 * SECOND,
    range: [100, HOUR],
    reload: "sessions",
    description: "From the first byte to the handshake's end; a TLS handshake has the same time.",
    beyond: "disconnected",
  }),
  connectMs: duration("connect", {
    default: 10 * SECOND,
    range: [100, HOUR],
    reload: "sessions",
    description: "From the handshake to an accepted connect.",
    beyond: "disconnected",
  }),
  pingIntervalMs: duration("pingInterval", {
    default: 15 * SECOND,
    range: [SECOND, HOUR],
    reload: "sessions",
    description: "The time after which a silent peer is sent a ping.",
    beyond: "a ping",
  }),
  pingTimeoutMs: duration("pingTimeout", {
    default: 15 * SECOND,
    range: [SECOND, HOUR],
    reload: "sessions",
    description: "The time a silent peer has to answer that ping.",
    beyond: "disconnected",
  }),
  stallMs: duration("stall", {
    default: MINUTE,
    range: [SECOND, HOUR],
    reload: "sessions",
    description: "The time in which a viewer must take a byte while media waits for it.",
    beyond: "disconnected; after 5 s while unread bytes take too much of `maxLogBytes`",
  }),
  closeMs: duration("close", {
    default: 800,
    range: [10, MINUTE],
    reload: "sessions",
    description: "The time a connection has for its last bytes, and the whole process to end.",
    beyond: "closed as it is",
  }),
};
