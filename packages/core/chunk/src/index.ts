export { ChunkDecoder } from "./chunk/chunk-decoder.ts";
export { ChunkEncoder } from "./chunk/chunk-encoder.ts";
export { INITIAL_CHUNK_SIZE } from "./chunk/chunk-header.ts";
export {
  type ChunkedMessage,
  chunkedLength,
  MESSAGE_STREAM_ID_OFFSET,
  writeChunks,
  writeMessageStreamId,
} from "./chunk/chunk-writer.ts";
export { type ChunkLimits, DEFAULT_CHUNK_LIMITS } from "./chunk/limits.ts";
export { splitAggregate } from "./message/aggregate.ts";
export { type Message, MessageType } from "./message/message.ts";
export { asSetDataFrame, isMetadata } from "./message/metadata.ts";
export {
  abort,
  acknowledgement,
  BandwidthLimitType,
  MAX_CHUNK_SIZE,
  readControlValue,
  readSetChunkSize,
  setChunkSize,
  setPeerBandwidth,
  windowAcknowledgementSize,
} from "./message/protocol-control.ts";
export {
  readSwfVerification,
  type SwfVerification,
  swfVerificationRequest,
} from "./message/swf-verification.ts";
export { readUserControl, type UserControl, UserControlType, userControl } from "./message/user-control.ts";
