export { BenchSession, type HandshakeKind } from "./bench-session.ts";
export { type BenchUrl, parseBenchUrl } from "./bench-url.ts";
export { describeRun } from "./describe-run.ts";
export { Histogram } from "./histogram.ts";
export { measureCosts } from "./measure-costs.ts";
export { type RunOptions, type RunReport, run, runFloor } from "./run.ts";
export type { MediaOptions } from "./synthetic-media.ts";
