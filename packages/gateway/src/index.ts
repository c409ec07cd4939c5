export { Gateway } from "./gateway.ts";
export type { LocalPublisher } from "./local-publisher.ts";
export type { MergeOptions } from "./merge-window.ts";
export {
  DEFAULT_ACK_WINDOW,
  DEFAULT_CHUNK_SIZE,
  DEFAULT_LIMITS,
  DEFAULT_MERGE,
  DEFAULT_TIMEOUTS,
  type GatewayLimits,
  type GatewayOptions,
  type GatewayTimeouts,
} from "./options.ts";
export type { Place } from "./place.ts";
