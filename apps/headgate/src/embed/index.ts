/**
 * The public API of Headgate: what is exported here, and nothing else, is for programs that run a gateway within themselves.
 *
 * @packageDocumentation
 */

export { createGateway } from "./create-gateway.ts";
export type { Gateway, GatewayEvents, GatewayOptions, Publication } from "./gateway.ts";
export type { GatewayConfig } from "./gateway-config.ts";
export { GatewayError } from "./gateway-error.ts";
export type {
  ClosedSession,
  ConnectRequest,
  Listener,
  MediaMessage,
  PlayedStream,
  PublishedMessage,
  PublishedStream,
  SessionInfo,
  SessionStats,
  Stats,
  StreamRequest,
  StreamStats,
} from "./public-types.ts";
