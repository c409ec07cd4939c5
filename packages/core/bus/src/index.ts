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
export { LivePlayback, type PlaybackOptions } from "./live-playback.ts";
export type { Playback, PlaybackNotice } from "./playback.ts";
export type { Publisher, Stream } from "./stream.ts";
export { type KeyRefusal, levelsOf, StreamKey, type StreamNames } from "./stream-key.ts";
