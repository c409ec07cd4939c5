import type { ByteReader, ByteWriter } from "@headgate/bytes";

export const MAX_U29 = 0x1fffffff;
export const MIN_INTEGER: number = -(2 ** 28);
export const MAX_INTEGER: number = 2 ** 28 - 1;

/** One to four bytes of 7 bits each, the high bit set when more follow; the fourth byte has 8 bits (AMF3 §1.3.1). */
export function readU29(reader: ByteReader): number {
  let value = 0;
  for (let i = 0; i < 3; i += 1) {
    const byte = reader.u8();
    value = (value << 7) | (byte & 0x7f);
    if (byte < 0x80) return value;
  }
  return (value << 8) | reader.u8();
}

export function writeU29(writer: ByteWriter, value: number): void {
  if (value > MAX_U29) throw new Error(`${value} does not fit the 29 bits of an AMF3 number`);
  if (value >= 0x200000) {
    writer.u24(0x808080 | ((value >>> 6) & 0x7f0000) | ((value >>> 7) & 0x7f00) | ((value >>> 8) & 0x7f));
    writer.u8(value & 0xff);
    return;
  }
  if (value >= 0x4000) writer.u8(0x80 | (value >>> 14));
  if (value >= 0x80) writer.u8(0x80 | ((value >>> 7) & 0x7f));
  writer.u8(value & 0x7f);
}

/** The integer type keeps its sign in bit 28 (AMF3 §3.6). */
export function signExtendU29(value: number): number {
  return (value << 3) >> 3;
}
