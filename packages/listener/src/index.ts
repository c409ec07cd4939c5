export { isNetwork, networkList } from "./addresses.ts";
export type { ArrivalOptions, Arrived, Place, PortProtocol } from "./arrival.ts";
export { forwardedClient } from "./forwarded.ts";
export { type ListenPortOptions, listenPort, type Port } from "./listen-port.ts";
export { proxyHeader } from "./write-proxy-header.ts";
