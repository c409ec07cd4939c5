export { ClientConnection, type ClientConnectionOptions } from "./client-connection.ts";
export {
  Connection,
  type ConnectionDriver,
  type ConnectionOptions,
  type Session,
  type Turn,
} from "./connection.ts";
export { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS, MAX_WAITING_BYTES } from "./limits.ts";
export type { ConnectionTimeouts, ExpiryReason } from "./liveness.ts";
export { ServerConnection, type ServerConnectionOptions } from "./server-connection.ts";
