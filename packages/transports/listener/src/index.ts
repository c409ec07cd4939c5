export { includes, isNetwork, networkList } from "./addresses.ts";
export { PORT, type PortSettings, TRUST, type TrustSettings } from "./config.ts";
export { sniff } from "./first-bytes.ts";
export { forwardedHops, type TrustedProxies } from "./forwarded.ts";
export { type ListenPortOptions, listenPort, type Port } from "./listen-port.ts";
export { readProxyHeader } from "./proxy-header.ts";
export type { ConnectionPermit, PortProtocol, SniffedConnection, SnifferOptions } from "./sniffer.ts";
export { proxyHeader } from "./write-proxy-header.ts";
