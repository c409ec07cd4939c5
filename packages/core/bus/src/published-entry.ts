import { asSetDataFrame, isMetadata, MessageType } from "@headgate/message";

/** A format 0 header with a one-byte chunk stream id, and without an extended timestamp (RTMP 1.0 §5.3.1). */
const HEADER_BYTES = 12;
const LENGTH_OFFSET = 4;
const TYPE_OFFSET = 7;

/**
 * An entry of a log as a publisher sends it: with metadata as servers want it, unless that would not fit into one chunk.
 * Everything else stays as it is.
 */
export function asPublished(entry: Uint8Array, chunkSize: number): Uint8Array {
  if (entry[TYPE_OFFSET] !== MessageType.dataAmf0 || !isMetadata(entry, HEADER_BYTES)) return entry;
  const payload = asSetDataFrame(entry.subarray(HEADER_BYTES));
  if (payload.length > chunkSize) return entry;
  const published = new Uint8Array(HEADER_BYTES + payload.length);
  published.set(entry.subarray(0, HEADER_BYTES));
  published.set(payload, HEADER_BYTES);
  published[LENGTH_OFFSET] = payload.length >>> 16;
  published[LENGTH_OFFSET + 1] = payload.length >>> 8;
  published[LENGTH_OFFSET + 2] = payload.length;
  return published;
}
