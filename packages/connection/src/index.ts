export { Connection, type ConnectionDriver, type ConnectionOptions } from "./connection.ts";
export { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS } from "./limits.ts";
export type { ConnectionTimeouts, ExpiryReason } from "./liveness.ts";
