export { ClientHandshake, type ClientHandshakeOptions } from "./client-handshake.ts";
export type { DigestLayout } from "./digest.ts";
export type { Handshake, HandshakeResult } from "./handshake.ts";
export type { RandomBytes } from "./random-bytes.ts";
export type { RtmpeVersion } from "./rtmp-version.ts";
export { ServerHandshake } from "./server-handshake.ts";
export type { StreamCipher, StreamCiphers } from "./stream-cipher.ts";
