export { describeRun } from "./describe-run.ts";
export { Histogram } from "./histogram.ts";
export { LoadError } from "./load-error.ts";
export { type HandshakeKind, LoadSession } from "./load-session.ts";
export { measureCosts } from "./measure-costs.ts";
export type { Memory } from "./resident-samples.ts";
export { isWhole, type RunOptions, type RunReport, run, runFloor } from "./run.ts";
export {
  type LoadValues,
  mediaOf,
  promptOption,
  type RunValues,
  runOptionsOf,
  withLoadOptions,
  withRunOptions,
} from "./run-options.ts";
export { parseStreamUrl } from "./stream-url.ts";
export {
  bytesPerSecond,
  configurationsOf,
  type MediaOptions,
  SyntheticMedia,
} from "./synthetic-media.ts";
