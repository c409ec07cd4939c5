export type { Secure } from "./admin-connections.ts";
export {
  type AdminAuthentication,
  type AdminServerOptions,
  asciiJson,
  createAdminServer,
} from "./admin-server.ts";
export { type HealthStatus, health } from "./health.ts";
export { HttpServer, type HttpServerOptions } from "./http-server.ts";
export { noteChange } from "./note-change.ts";
export { PlainConnection } from "./plain-connection.ts";
export type { RequestPeer } from "./request-peer.ts";
export { isChange, type RouteScope, scopeOf } from "./route-scope.ts";
