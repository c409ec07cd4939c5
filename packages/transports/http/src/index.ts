export { TUNNEL, type TunnelOptions } from "./config.ts";
export { connectThroughProxy, type ProxyRequest } from "./http-connect.ts";
export { clientOf, type HttpPeer } from "./http-peer.ts";
export { MAX_BODY_BYTES, MAX_LINGERING } from "./limits.ts";
export { ReplyReading } from "./reply-reading.ts";
export { isSessionId } from "./session-id.ts";
export type { SharedMemory } from "./shared-memory.ts";
export { TunnelClientLink } from "./tunnel-client-link.ts";
export type { TunnelReply } from "./tunnel-reply.ts";
export type { TunnelTargetServer } from "./tunnel-requests.ts";
export {
  type ForeignRequest,
  type TunnelRequestHead,
  type TunnelResponse,
  TunnelServer,
  type TunnelState,
} from "./tunnel-server.ts";
export { type TunnelRequest, TunnelSession } from "./tunnel-session.ts";
export { readTunnelTarget, type TunnelTarget } from "./tunnel-target.ts";
