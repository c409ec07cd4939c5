import type { ApplicationOptions } from "@headgate/bus";
import type { MergeOptions } from "./merge-window.ts";

/** What the process as a whole accepts. Each bound protects the other users of the process from one peer or one address. */
export interface GatewayLimits {
  /** Open connections in all: every one costs a file descriptor and about 30 KB. */
  readonly maxConnections: number;
  /** Open connections from one address; high, because a company's proxy is one address. */
  readonly maxConnectionsPerAddress: number;
  /** Streams with a publisher, in the process. */
  readonly maxStreams: number;
  /** Streams without one, for which viewers wait. */
  readonly maxWaitingStreams: number;
  /** Such streams that viewers of one address wait for. With `pull` each is a connection to the origin. */
  readonly maxWaitingStreamsPerAddress: number;
  /** Streams that are fetched from one origin. */
  readonly maxPullsPerOrigin: number;
  /** The bytes of all stream logs together; beyond it the oldest bytes of the largest logs go first. */
  readonly maxLogBytes: number;
  /** One message: a 4K keyframe passes 1 MiB, none in the field passes 8. */
  readonly maxMessageBytes: number;
  /** Unfinished messages of one connection together. */
  readonly maxPartialBytes: number;
  /** Unfinished messages, and messages that came too fast to be read at once, of all connections together. */
  readonly maxInputBytes: number;
  /** Chunk streams one connection may use; real clients use at most a dozen. */
  readonly maxChunkStreams: number;
  /** NetStreams open at once on one connection. */
  readonly maxNetStreams: number;
  /** Nesting of AMF values, against stack exhaustion. */
  readonly maxAmfDepth: number;
  /** Values in one AMF message, against small bytes that become many objects. */
  readonly maxAmfValues: number;
  /** Replies a peer may leave unread before it is ended. */
  readonly maxPendingOutputBytes: number;
}

/** How long each state may last. Milliseconds. */
export interface GatewayTimeouts {
  /** From the connection to its first byte: fallback attempts of old players leave silent sockets behind. */
  readonly firstByteMs: number;
  /** From the first byte to the end of the handshake. */
  readonly handshakeMs: number;
  /** From the handshake to an accepted `connect`. */
  readonly connectMs: number;
  /** A peer silent for this long is sent a ping. */
  readonly pingIntervalMs: number;
  /** A peer that is still silent this long after the ping is gone. */
  readonly pingTimeoutMs: number;
  /** A peer that takes no byte for this long while bytes wait for it is gone. */
  readonly stallMs: number;
  /** For policies to decide on a request. Less than `connectMs`, so that a peer that waits for its `connect` hears why. */
  readonly policyMs: number;
  /** What a connection that is being closed has for its last bytes, and the whole process for its end. */
  readonly closeMs: number;
}

export interface GatewayOptions {
  readonly limits: GatewayLimits;
  readonly timeouts: GatewayTimeouts;
  /** By application name; `*` stands for every other name, and without it other names are refused. */
  readonly applications: ReadonlyMap<string, ApplicationOptions>;
  /** The outgoing chunk size of every connection: media is encoded into chunks once, for all. Bytes. */
  readonly chunkSize: number;
  /** The window acknowledgement size told to every peer. Bytes. */
  readonly ackWindow: number;
  /** Whether peers may ask for RTMPE, on whatever transport they come. */
  readonly rtmpe: boolean;
  readonly merge: MergeOptions;
}

export const DEFAULT_LIMITS: GatewayLimits = {
  maxConnections: 10_000,
  maxConnectionsPerAddress: 5_000,
  maxStreams: 5_000,
  maxWaitingStreams: 5_000,
  maxWaitingStreamsPerAddress: 256,
  maxPullsPerOrigin: 1_000,
  maxLogBytes: 1024 * 1024 * 1024,
  maxMessageBytes: 8 * 1024 * 1024,
  maxPartialBytes: 16 * 1024 * 1024,
  maxInputBytes: 512 * 1024 * 1024,
  maxChunkStreams: 64,
  maxNetStreams: 32,
  maxAmfDepth: 32,
  maxAmfValues: 10_000,
  maxPendingOutputBytes: 256 * 1024,
};

export const DEFAULT_TIMEOUTS: GatewayTimeouts = {
  firstByteMs: 10_000,
  handshakeMs: 10_000,
  connectMs: 10_000,
  pingIntervalMs: 15_000,
  pingTimeoutMs: 15_000,
  stallMs: 60_000,
  policyMs: 8_000,
  closeMs: 800,
};

/**
 * Players buffer a second and more, so 100 ms cost them nothing. The target lies between what a hundred viewers cost that are
 * written to at once and what a thousand cost that are written to ten times a second.
 */
export const DEFAULT_MERGE: MergeOptions = { maxWindowMs: 100, targetUtilizationPercent: 15 };

/** The chunk size SRS has proven on the widest range of clients. */
export const DEFAULT_CHUNK_SIZE = 60_000;

export const DEFAULT_ACK_WINDOW = 2_500_000;
