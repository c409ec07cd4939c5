/** One open bitstream unit (AV1 §5.3). */
export interface Obu {
  readonly type: number;
  readonly from: number;
  readonly to: number;
}

/** The unit at an offset, which goes on to the end if it has no size; undefined if it is cut off. */
export function readObu(bytes: Uint8Array, at: number): Obu | undefined {
  const header = bytes[at];
  if (header === undefined) return undefined;
  const type = (header >> 3) & 0x0f;
  let from = at + ((header & 0x04) === 0 ? 1 : 2);
  if ((header & 0x02) === 0) return { type, from, to: bytes.length };
  let size = 0;
  for (let scale = 1, left = MAX_LEB128_BYTES; left > 0; left -= 1, scale *= 128) {
    const byte = bytes[from];
    if (byte === undefined) return undefined;
    from += 1;
    size += (byte & 0x7f) * scale;
    if (byte < 0x80) return from + size > bytes.length ? undefined : { type, from, to: from + size };
  }
  return undefined;
}

/** Sizes of more bytes are above every limit (AV1 §4.10.5 allows eight). */
const MAX_LEB128_BYTES = 5;
