export { DEFAULT_MAX_REPLY_BYTES } from "./limits.ts";
export { MAX_NODE_LENGTH } from "./session-id.ts";
export { type HttpPeer, TunnelServer, type TunnelServerOptions } from "./tunnel-server.ts";
