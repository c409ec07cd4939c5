export { ChunkDecoder } from "./chunk-decoder.ts";
export { ChunkEncoder } from "./chunk-encoder.ts";
export { INITIAL_CHUNK_SIZE } from "./chunk-header.ts";
export { type ChunkedMessage, chunkedLength, writeChunks } from "./chunk-writer.ts";
export { type ChunkLimits, DEFAULT_CHUNK_LIMITS } from "./limits.ts";
export { PayloadMemory } from "./payload-memory.ts";
export { RtmpFraming } from "./rtmp-framing.ts";
