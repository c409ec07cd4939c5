export { DEFAULT_MAX_REPLY_BYTES } from "./limits.ts";
export { type HttpPeer, TunnelServer, type TunnelServerOptions } from "./tunnel-server.ts";
