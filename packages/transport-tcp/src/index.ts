export { listenTcp, type TcpListenOptions } from "./listen-tcp.ts";
