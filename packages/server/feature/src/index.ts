export type { Feature } from "./feature.ts";
export type { Metric } from "./metric.ts";
