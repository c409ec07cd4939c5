export type { Neighbours } from "./neighbours.ts";
export { relayFeature } from "./relay-feature.ts";
export {
  DEFAULT_RELAY_OPTIONS,
  type RelayOptions,
  routeOf,
  type StreamRoute,
} from "./relay-options.ts";
export { type RelaysReply, relayRoutes } from "./relay-routes.ts";
export type { RelayStatus } from "./relay-status.ts";
export { Relays } from "./relays.ts";
