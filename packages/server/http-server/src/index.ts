export type { Secure } from "./admin-connections.ts";
export {
  type AdminAuthentication,
  type AdminServerOptions,
  asciiJson,
  createAdminServer,
} from "./admin-server.ts";
export { expectEndlessBody } from "./compact-request.ts";
export { isOfForeignSite } from "./foreign-pages.ts";
export { type HealthStatus, health } from "./health.ts";
export { HttpServer, type HttpServerOptions } from "./http-server.ts";
export { noteChange } from "./note-change.ts";
export { PlainConnection } from "./plain-connection.ts";
export type { RequestPeer } from "./request-peer.ts";
export { isChange, type RouteScope, scopeOf } from "./route-scope.ts";
export { SmallPieces } from "./small-pieces.ts";
export { SocketSink } from "./socket-sink.ts";
export { routeStreams, type StreamAnswers, type StreamRequest } from "./stream-routes.ts";
export { isWebSocket } from "./web-socket-request.ts";
