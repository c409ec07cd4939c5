export {
  APPLICATION_RECORDING,
  type ApplicationRecording,
  RECORDING,
  type RecordingOptions,
  uploadMistakes,
} from "./config.ts";
export { Manifest } from "./manifest.ts";
export { RecordedFiles } from "./playing/recorded-files.ts";
export { SavedIndexes } from "./playing/saved-indexes.ts";
export type { RecordingControl, RecordingOutcome } from "./recording-control.ts";
export { type RecordingConfig, recordingFeature } from "./recording-feature.ts";
export { recordingRoutes } from "./recording-routes.ts";
export { Recordings } from "./recordings.ts";
