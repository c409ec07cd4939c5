export { TUNNEL, type TunnelOptions } from "./config.ts";
export { connectThroughProxy, type ProxyRequest } from "./http-connect.ts";
export { MAX_BODY_BYTES } from "./limits.ts";
export { PlainConnection } from "./plain-connection.ts";
export { isSessionId } from "./session-id.ts";
export type { SharedMemory } from "./shared-memory.ts";
export { TunnelClientLink, type TunnelTargetServer } from "./tunnel-client-link.ts";
export type { TunnelReply } from "./tunnel-reply.ts";
export {
  type ForeignRequest,
  type HttpPeer,
  TunnelServer,
} from "./tunnel-server.ts";
export { type TunnelRequest, TunnelSession } from "./tunnel-session.ts";
export { readTunnelTarget } from "./tunnel-target.ts";
