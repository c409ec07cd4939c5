export {
  DEFAULT_RELAY_OPTIONS,
  type RelayOptions,
  routeOf,
  type StreamRoute,
} from "./config.ts";
export type { Neighbours } from "./neighbours.ts";
export type { RelayStatus } from "./relay-status.ts";
export { Relays } from "./relays.ts";
