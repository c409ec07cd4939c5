export { ClientHandshake } from "./client-handshake.ts";
export type { DigestLayout } from "./digest.ts";
export type { Handshake, HandshakeResult } from "./handshake.ts";
export type { RandomBytes } from "./random-bytes.ts";
export { ServerHandshake } from "./server-handshake.ts";
