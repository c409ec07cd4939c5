import { TAG_HEADER_BYTES } from "@headgate/flv";

/** The header of a tag (FLV 10.1 §E.4.1). */
export interface TagHeader {
  /** With the bits around it. */
  readonly type: number;
  /** Of the payload. */
  readonly length: number;
  readonly timestamp: number;
}

/** Undefined if it is cut off. */
export function tagAt(bytes: Uint8Array): TagHeader | undefined {
  if (bytes.length < TAG_HEADER_BYTES) return undefined;
  const timestamp = u32At(bytes, 4);
  return {
    type: bytes[0]!,
    length: u32At(bytes, 0) & 0xffffff,
    // The low 24 bits come first, the high 8 behind them.
    timestamp: ((timestamp >>> 8) | (timestamp << 24)) >>> 0,
  };
}

export function u32At(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
