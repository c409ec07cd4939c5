export { isNetwork, networkList } from "./addresses.ts";
export { sniff } from "./first-bytes.ts";
export { type ForwardedHeader, forwardedHops, type TrustedProxies } from "./forwarded.ts";
export { type ListenPortOptions, listenPort, type Port } from "./listen-port.ts";
export { readProxyHeader } from "./proxy-header.ts";
export type { ConnectionPermit, PortProtocol, SniffedConnection, SnifferOptions } from "./sniffer.ts";
export { proxyHeader } from "./write-proxy-header.ts";
