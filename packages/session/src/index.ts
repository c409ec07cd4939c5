export type { ConnectRequest, EnhancedNegotiation } from "./connect.ts";
export type { PublishType, SessionEvent } from "./events.ts";
export { DEFAULT_SESSION_LIMITS, type SessionLimits } from "./limits.ts";
export { NetConnection, type NetConnectionOptions } from "./net-connection.ts";
export type { NetStream } from "./net-stream.ts";
export type { OutgoingMessage } from "./outbox.ts";
export type { PlayRequest } from "./play-request.ts";
export { STATUS_LEVELS, type StatusCode, status } from "./status.ts";
export type { StreamName } from "./stream-name.ts";
