export {
  type ApplicationOptions,
  DEFAULT_APPLICATION_OPTIONS,
  type LagPolicy,
  type PublisherPolicy,
  type SwfIdentity,
} from "./application-options.ts";
export { type Application, Applications } from "./applications.ts";
export {
  Bus,
  type BusOptions,
  type PlayOutcome,
  type PublishOutcome,
  type Refusal,
} from "./bus.ts";
export type { Framing } from "./framing.ts";
export { ENTRY_EFFORT_BYTES } from "./limits.ts";
export { LivePlayback, type PlaybackOptions } from "./live-playback.ts";
export type { MemoryPressure } from "./log-budget.ts";
export { matchesPattern } from "./matches-pattern.ts";
export { MessageCursor } from "./message-cursor.ts";
export type { MessageSource } from "./message-source.ts";
export { PacedPlayback, type PacedPlaybackOptions } from "./paced-playback.ts";
export type { Pinned } from "./pinned.ts";
export type { Playback, PlaybackNotice } from "./playback.ts";
export type { Entry } from "./segment.ts";
export type { Publisher, Stream, StreamReader } from "./stream.ts";
export { type KeyRefusal, levelsOf, StreamKey, type StreamNames } from "./stream-key.ts";
export type { StreamMeter, StreamRates } from "./stream-meter.ts";
