import {
  basicHeaderLength,
  type ChunkFormat,
  EXTENDED_TIMESTAMP,
  EXTENDED_TIMESTAMP_LENGTH,
  MAX_MESSAGE_LENGTH,
  messageHeaderLength,
  writeBasicHeader,
} from "./chunk-header.ts";

/** A message and the header fields its first chunk carries. */
export interface ChunkedMessage {
  readonly format: ChunkFormat;
  readonly chunkStreamId: number;
  /** Absolute for format 0, else the delta. Milliseconds. */
  readonly timestamp: number;
  readonly type: number;
  readonly messageStreamId: number;
  readonly payload: Uint8Array;
}

/** Where the message stream id stands in a format 0 header after a one-byte basic header. */
export const MESSAGE_STREAM_ID_OFFSET = 8;

/** How many bytes {@link writeChunks} will write. Throws if the payload is longer than a header can declare. */
export function chunkedLength(message: ChunkedMessage, chunkSize: number): number {
  const { format, chunkStreamId, timestamp, payload } = message;
  if (payload.length > MAX_MESSAGE_LENGTH) {
    throw new Error(
      `a message of ${payload.length} bytes does not fit in the length field of a chunk header`,
    );
  }
  const extended = timestamp >= EXTENDED_TIMESTAMP ? EXTENDED_TIMESTAMP_LENGTH : 0;
  const continuations = Math.max(0, Math.ceil(payload.length / chunkSize) - 1);
  const basic = basicHeaderLength(chunkStreamId);
  return basic + messageHeaderLength(format) + extended + payload.length + continuations * (basic + extended);
}

/**
 * Writes a whole message as chunks at `at` and returns the offset after it. An extended timestamp is repeated in every
 * chunk, as RTMP 1.0 §5.3.1.3 says and ffmpeg, librtmp and Flash expect.
 */
export function writeChunks(
  target: Uint8Array,
  at: number,
  message: ChunkedMessage,
  chunkSize: number,
): number {
  const { chunkStreamId, timestamp, payload } = message;
  const extended = timestamp >= EXTENDED_TIMESTAMP;
  let end = writeMessageHeader(target, at, message);
  if (extended) end = writeU32(target, end, timestamp);
  let written = Math.min(payload.length, chunkSize);
  target.set(written === payload.length ? payload : payload.subarray(0, written), end);
  end += written;
  while (written < payload.length) {
    end = writeBasicHeader(target, end, 3, chunkStreamId);
    if (extended) end = writeU32(target, end, timestamp);
    const count = Math.min(payload.length - written, chunkSize);
    target.set(payload.subarray(written, written + count), end);
    written += count;
    end += count;
  }
  return end;
}

function writeMessageHeader(target: Uint8Array, at: number, message: ChunkedMessage): number {
  const { format, messageStreamId } = message;
  let end = writeBasicHeader(target, at, format, message.chunkStreamId);
  if (format < 3) end = writeU24(target, end, Math.min(message.timestamp, EXTENDED_TIMESTAMP));
  if (format < 2) {
    end = writeU24(target, end, message.payload.length);
    target[end++] = message.type;
  }
  if (format === 0) end = writeMessageStreamId(target, end, messageStreamId);
  return end;
}

/** The one little-endian field of RTMP (RTMP 1.0 §5.3.1.2.1). Returns the offset after it. */
export function writeMessageStreamId(target: Uint8Array, at: number, messageStreamId: number): number {
  target[at] = messageStreamId;
  target[at + 1] = messageStreamId >>> 8;
  target[at + 2] = messageStreamId >>> 16;
  target[at + 3] = messageStreamId >>> 24;
  return at + 4;
}

function writeU24(target: Uint8Array, at: number, value: number): number {
  target[at] = value >>> 16;
  target[at + 1] = value >>> 8;
  target[at + 2] = value;
  return at + 3;
}

function writeU32(target: Uint8Array, at: number, value: number): number {
  target[at] = value >>> 24;
  return writeU24(target, at + 1, value);
}
