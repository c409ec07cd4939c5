/** What to do when a stream that has a publisher is published again. */
export type PublisherPolicy = "reject" | "takeover";

/** What to do with a viewer whose position has fallen off the log's tail. */
export type LagPolicy = "jump" | "drop";

/** An SWF by which players are made: its size when it is not compressed, in bytes, and the HMAC of that, 32 bytes. */
export interface SwfIdentity {
  readonly size: number;
  readonly hash: Uint8Array;
}

/** The policies of one application. Durations are milliseconds, sizes bytes. */
export interface ApplicationOptions {
  readonly publisherPolicy: PublisherPolicy;
  /** How long viewers wait for a publisher that has left, with their timestamps running on. 0: not at all. */
  readonly resumeWindowMs: number;
  readonly lagPolicy: LagPolicy;
  /**
   * A viewer starts at the newest keyframe unless that lies further back than this; then it waits for the next one.
   * 0 starts every viewer at the next keyframe: least latency, slowest start.
   */
  readonly gopCacheMs: number;
  /**
   * How long a viewer that waits for a keyframe has sound alone. Then pictures come from where the stream is, keyframe or not:
   * a stream with intra refresh has none, and every wait must end.
   */
  readonly keyframeWaitMs: number;
  /** The most that a log of one stream keeps; a viewer further behind has lagged. */
  readonly retentionMs: number;
  readonly retentionBytes: number;
  /** Only players made of one of these SWFs may play; empty: any player. */
  readonly swfVerification: readonly SwfIdentity[];
}

/** Fitted to encoders with keyframes up to 10 s apart, at up to 10 Mb/s. */
export const DEFAULT_APPLICATION_OPTIONS: ApplicationOptions = {
  publisherPolicy: "reject",
  resumeWindowMs: 10_000,
  lagPolicy: "jump",
  gopCacheMs: 12_000,
  keyframeWaitMs: 3000,
  retentionMs: 20_000,
  retentionBytes: 24 * 1024 * 1024,
  swfVerification: [],
};
