export { ByteReader } from "./byte-reader.ts";
export { ByteWriter } from "./byte-writer.ts";
export { PROTOCOL_ERRORS, ProtocolError, type ProtocolErrorCode } from "./protocol-error.ts";
