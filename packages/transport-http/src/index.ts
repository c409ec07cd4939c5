export { connectThroughProxy, type ProxyRequest } from "./http-connect.ts";
export { DEFAULT_MAX_REPLY_BYTES } from "./limits.ts";
export { MAX_NODE_LENGTH } from "./session-id.ts";
export type { SharedMemory } from "./shared-memory.ts";
export { TunnelClientLink, type TunnelTargetServer } from "./tunnel-client-link.ts";
export { type HttpPeer, TunnelServer, type TunnelServerOptions } from "./tunnel-server.ts";
