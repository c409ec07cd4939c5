import { ByteWriter } from "@headgate/bytes";
import {
  FLV_FLAGS,
  FLV_HEADER_BYTES,
  FLV_VERSION,
  type FlvHeader,
  type FlvTag,
  PREVIOUS_TAG_SIZE_BYTES,
  TAG_HEADER_BYTES,
} from "./flv-tag.ts";

const MAX_PAYLOAD_BYTES = 0xffffff;

/** The beginning of a file up to the first tag: the header and the first PreviousTagSize (FLV 10.1 §E.2, §E.3). */
export function writeFlvHeader(header: FlvHeader): Uint8Array {
  const flags = (header.hasAudio ? FLV_FLAGS.audio : 0) | (header.hasVideo ? FLV_FLAGS.video : 0);
  const writer = new ByteWriter(FLV_HEADER_BYTES + PREVIOUS_TAG_SIZE_BYTES);
  return writer.u24(0x464c56).u8(FLV_VERSION).u8(flags).u32(FLV_HEADER_BYTES).u32(0).finish();
}

/** A tag and the PreviousTagSize behind it. Takes the timestamp of an RTMP message too, and writes its 32 bits. */
export function encodeFlvTag(tag: FlvTag): Uint8Array {
  const { payload } = tag;
  if (payload.length > MAX_PAYLOAD_BYTES) {
    throw new Error(`an FLV tag holds at most ${MAX_PAYLOAD_BYTES} bytes, not ${payload.length}`);
  }
  const bytes = new Uint8Array(TAG_HEADER_BYTES + payload.length + PREVIOUS_TAG_SIZE_BYTES);
  writeFlvTag(bytes, 0, tag);
  return bytes;
}

/** Writes the same into memory that has room for it, where a payload is known to fit in a tag. Returns where it ends. */
export function writeFlvTag(target: Uint8Array, at: number, { type, timestamp, payload }: FlvTag): number {
  const tagBytes = TAG_HEADER_BYTES + payload.length;
  target[at] = type;
  writeU24(target, at + 1, payload.length);
  // The low 24 bits come first, the high 8 behind them; the stream id after that is 0.
  writeU24(target, at + 4, timestamp);
  target[at + 7] = timestamp >>> 24;
  writeU24(target, at + 8, 0);
  target.set(payload, at + TAG_HEADER_BYTES);
  target[at + tagBytes] = tagBytes >>> 24;
  writeU24(target, at + tagBytes + 1, tagBytes);
  return at + tagBytes + PREVIOUS_TAG_SIZE_BYTES;
}

function writeU24(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 16;
  target[at + 1] = value >>> 8;
  target[at + 2] = value;
}
