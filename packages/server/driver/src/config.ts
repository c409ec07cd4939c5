/** What one connection may hold, and what its peer may say. Each bound protects the other users of the process. */
export interface DriverLimits {
  /** One message: a 4K keyframe passes 1 MiB, none in the field passes 8. */
  readonly maxMessageBytes: number;
  /** Unfinished messages of one connection together. */
  readonly maxPartialBytes: number;
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

/** How long each state of a connection may last. Milliseconds. */
export interface DriverTimeouts {
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
  /** What a connection that is being closed has for its last bytes, and the whole process for its end. */
  readonly closeMs: number;
}

export const DEFAULT_DRIVER_LIMITS: DriverLimits = {
  maxMessageBytes: 8 * 1024 * 1024,
  maxPartialBytes: 16 * 1024 * 1024,
  maxChunkStreams: 64,
  maxNetStreams: 32,
  maxAmfDepth: 32,
  maxAmfValues: 10_000,
  maxPendingOutputBytes: 256 * 1024,
};

export const DEFAULT_DRIVER_TIMEOUTS: DriverTimeouts = {
  firstByteMs: 10_000,
  handshakeMs: 10_000,
  connectMs: 10_000,
  pingIntervalMs: 15_000,
  pingTimeoutMs: 15_000,
  stallMs: 60_000,
  closeMs: 800,
};
