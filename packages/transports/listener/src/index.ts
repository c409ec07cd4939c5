export { isNetwork, networkList } from "./addresses.ts";
export type { ArrivalOptions, Arrived, Place, PortProtocol } from "./arrival.ts";
export { recognise } from "./first-bytes.ts";
export { type ForwardedHeader, forwardedHops, type TrustedProxies } from "./forwarded.ts";
export { type ListenPortOptions, listenPort, type Port } from "./listen-port.ts";
export { readProxyHeader } from "./proxy-header.ts";
export { proxyHeader } from "./write-proxy-header.ts";
