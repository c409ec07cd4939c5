export { listenTcp, type TcpListenOptions } from "./listen-tcp.ts";
export { TcpLink, type TcpPeer } from "./tcp-link.ts";
