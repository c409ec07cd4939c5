export { TcpLink, type TcpPeer } from "./tcp-link.ts";
