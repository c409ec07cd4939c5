export { connectTcp, type TcpAddress } from "./connect-tcp.ts";
export { TcpLink, type TcpPeer } from "./tcp-link.ts";
