export type { Origin, OriginSource } from "./origin-source.ts";
export {
  DEFAULT_RELAY_OPTIONS,
  type RelayOptions,
  routeOf,
  type StreamRoute,
} from "./relay-options.ts";
export type { RelayStatus } from "./relay-status.ts";
export { Relays } from "./relays.ts";
