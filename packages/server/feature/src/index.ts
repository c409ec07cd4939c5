export type { Feature } from "./feature.ts";
export type { LabelledNumber, Metric } from "./metric.ts";
export { answerText, OPEN_TO_PAGES, refuse } from "./refuse.ts";
export { clientOf, hostOf, isReading, playerRequest } from "./stream-request.ts";
