export { RELAY, RELAY_LIMITS, type RelayLimits, type RelayOptions, type StreamRoute } from "./config.ts";
export type { Origin, OriginSource } from "./origin-source.ts";
export { relayFeature } from "./relay-feature.ts";
export { type RelaysReply, relayRoutes } from "./relay-routes.ts";
export type { RelayStatus } from "./relay-status.ts";
export type { RelaySpan, RelayTracer } from "./relay-tracer.ts";
export { Relays } from "./relays.ts";
