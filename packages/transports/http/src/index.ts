export { connectThroughProxy, type ProxyRequest } from "./http-connect.ts";
export { DEFAULT_MAX_REPLY_BYTES } from "./limits.ts";
export { PlainConnection } from "./plain-connection.ts";
export { isSessionId, MAX_NODE_LENGTH } from "./session-id.ts";
export type { SharedMemory } from "./shared-memory.ts";
export { TunnelClientLink, type TunnelTargetServer } from "./tunnel-client-link.ts";
export type { TunnelReply } from "./tunnel-reply.ts";
export {
  type ForeignRequest,
  type HttpPeer,
  TunnelServer,
  type TunnelServerOptions,
} from "./tunnel-server.ts";
export { type TunnelRequest, TunnelSession } from "./tunnel-session.ts";
export { readTunnelTarget } from "./tunnel-target.ts";
