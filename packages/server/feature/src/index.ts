export type { Feature } from "./feature.ts";
export type { LabelledNumber, Metric } from "./metric.ts";
