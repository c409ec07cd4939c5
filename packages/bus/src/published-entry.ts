import { MessageType } from "@headgate/chunk";

/** A format 0 header with a one-byte chunk stream id, and without an extended timestamp (RTMP 1.0 §5.3.1). */
const HEADER_BYTES = 12;
const LENGTH_OFFSET = 4;
const TYPE_OFFSET = 7;

const AMF0_STRING = 0x02;
const METADATA = amf0String("onMetaData");
const SET_DATA_FRAME = amf0String("@setDataFrame");

/**
 * An entry of a log as a publisher sends it: metadata for players begins with its name, and for servers with
 * `@setDataFrame`, which they take off again. Everything else stays as it is, and so does metadata that would not fit into
 * one chunk.
 */
export function asPublished(entry: Uint8Array, chunkSize: number): Uint8Array {
  if (entry[TYPE_OFFSET] !== MessageType.dataAmf0 || !beginsWith(entry, HEADER_BYTES, METADATA)) return entry;
  const length = entry.length - HEADER_BYTES + SET_DATA_FRAME.length;
  if (length > chunkSize) return entry;
  const published = new Uint8Array(HEADER_BYTES + length);
  published.set(entry.subarray(0, HEADER_BYTES));
  published.set(SET_DATA_FRAME, HEADER_BYTES);
  published.set(entry.subarray(HEADER_BYTES), HEADER_BYTES + SET_DATA_FRAME.length);
  published[LENGTH_OFFSET] = length >>> 16;
  published[LENGTH_OFFSET + 1] = length >>> 8;
  published[LENGTH_OFFSET + 2] = length;
  return published;
}

function beginsWith(bytes: Uint8Array, at: number, prefix: Uint8Array): boolean {
  return prefix.every((byte, index) => bytes[at + index] === byte);
}

function amf0String(text: string): Uint8Array {
  const characters = new TextEncoder().encode(text);
  return Uint8Array.of(AMF0_STRING, characters.length >>> 8, characters.length, ...characters);
}
