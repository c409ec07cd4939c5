export {
  type ApplicationOptions,
  DEFAULT_APPLICATION_OPTIONS,
  type LagPolicy,
  type PublisherPolicy,
  type SwfIdentity,
} from "./application-options.ts";
export {
  applicationIn,
  Bus,
  type BusOptions,
  type PlayOutcome,
  type PublishOutcome,
  type Refusal,
  streamPath,
} from "./bus.ts";
export type { Publisher, Stream, StreamKey } from "./stream.ts";
export { Viewer, type ViewerNotice, type ViewerOptions } from "./viewer.ts";
