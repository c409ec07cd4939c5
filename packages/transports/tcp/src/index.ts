export { connectTcp, type TcpAddress } from "./connect-tcp.ts";
export { readShared, type SharedReading } from "./shared-reads.ts";
export { TcpLink, type TcpPeer } from "./tcp-link.ts";
