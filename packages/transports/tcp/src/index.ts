export { connectTcp, type TcpAddress } from "./connect-tcp.ts";
export { readFrom, withSharedReads } from "./shared-read-socket.ts";
export { type DirectSend, SocketOutput } from "./socket-output.ts";
export { TcpLink, type TcpPeer } from "./tcp-link.ts";
