/**
 * The sizes and places of chunk header fields (RTMP 1.0 §5.3.1).
 *
 *     basic header (1-3 bytes) | message header (11, 7, 3 or 0 bytes, by format) | extended timestamp (0 or 4 bytes)
 */

/** A timestamp field of this value says that the real one follows in four bytes (RTMP 1.0 §5.3.1.3). */
export const EXTENDED_TIMESTAMP = 0xffffff;
export const EXTENDED_TIMESTAMP_LENGTH = 4;

/** The chunk size of both directions until SetChunkSize (RTMP 1.0 §5.4.1). */
export const INITIAL_CHUNK_SIZE = 128;

/** The largest value of the three-byte length field. */
export const MAX_MESSAGE_LENGTH = 0xffffff;

export const MAX_HEADER_LENGTH: number = 3 + 11 + EXTENDED_TIMESTAMP_LENGTH;

const MESSAGE_HEADER_LENGTHS = [11, 7, 3, 0] as const;

/** Which fields the message header has: 0 all, 1 no message stream id, 2 only the timestamp delta, 3 none. */
export type ChunkFormat = 0 | 1 | 2 | 3;

export function messageHeaderLength(format: ChunkFormat): number {
  return MESSAGE_HEADER_LENGTHS[format];
}

/** The length of the basic header that begins with this byte. */
export function basicHeaderLengthFrom(firstByte: number): number {
  const field = firstByte & 0x3f;
  return field === 0 ? 2 : field === 1 ? 3 : 1;
}

export function basicHeaderLength(chunkStreamId: number): number {
  return chunkStreamId < 64 ? 1 : chunkStreamId < 320 ? 2 : 3;
}

/** The chunk stream id of a complete basic header; the third byte counts 256s. */
export function readChunkStreamId(header: Uint8Array): number {
  const field = header[0]! & 0x3f;
  if (field === 0) return 64 + header[1]!;
  if (field === 1) return 64 + header[1]! + 256 * header[2]!;
  return field;
}

/** Returns the offset after the header. */
export function writeBasicHeader(
  target: Uint8Array,
  at: number,
  format: ChunkFormat,
  chunkStreamId: number,
): number {
  if (chunkStreamId < 64) {
    target[at] = (format << 6) | chunkStreamId;
    return at + 1;
  }
  const rest = chunkStreamId - 64;
  if (chunkStreamId < 320) {
    target[at] = format << 6;
    target[at + 1] = rest;
    return at + 2;
  }
  target[at] = (format << 6) | 1;
  target[at + 1] = rest & 0xff;
  target[at + 2] = rest >>> 8;
  return at + 3;
}
