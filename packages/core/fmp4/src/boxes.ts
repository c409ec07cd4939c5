import { ByteReader, ProtocolError } from "@headgate/bytes";
import { MAX_CHILD_BOXES } from "./limits.ts";

/** A box inside another (ISO/IEC 14496-12 §4.2). */
export interface Box {
  readonly type: string;
  /** Without the header. */
  readonly body: Uint8Array;
  /** With it. */
  readonly whole: Uint8Array;
}

/** The size of a box that goes on to the end of the file. */
export const TO_THE_END: number = Number.POSITIVE_INFINITY;

export interface BoxHeader {
  readonly type: string;
  /** Of the whole box; {@link TO_THE_END}. */
  readonly size: number;
  readonly headerBytes: number;
}

/** The header at an offset; undefined if it is cut off. A size below that of the header is for the caller to judge. */
export function readBoxHeader(bytes: Uint8Array, at: number): BoxHeader | undefined {
  if (at + 8 > bytes.length) return undefined;
  const size = u32At(bytes, at);
  const type = String.fromCharCode(bytes[at + 4]!, bytes[at + 5]!, bytes[at + 6]!, bytes[at + 7]!);
  if (size === 0) return { type, size: TO_THE_END, headerBytes: 8 };
  if (size !== 1) return { type, size, headerBytes: 8 };
  if (at + 16 > bytes.length) return undefined;
  return { type, size: u32At(bytes, at + 8) * 2 ** 32 + u32At(bytes, at + 12), headerBytes: 16 };
}

/**
 * The boxes that follow each other. Zeroes and less than a header at the end are padding, as QuickTime writes it. Throws
 * MP4_INVALID if a box is longer than the one around it, MP4_LIMIT_EXCEEDED if they are too many.
 */
export function readBoxes(bytes: Uint8Array): readonly Box[] {
  const boxes: Box[] = [];
  let at = 0;
  while (at < bytes.length) {
    const header = readBoxHeader(bytes, at);
    if (header === undefined || isPadding(header)) break;
    const size = header.size === TO_THE_END ? bytes.length - at : header.size;
    if (size < header.headerBytes || size > bytes.length - at) {
      throw new ProtocolError("MP4_INVALID", `a box of ${size} bytes where ${bytes.length - at} are left`);
    }
    if (boxes.length === MAX_CHILD_BOXES) {
      throw new ProtocolError("MP4_LIMIT_EXCEEDED", `more than ${MAX_CHILD_BOXES} boxes in one`);
    }
    boxes.push({
      type: header.type,
      body: bytes.subarray(at + header.headerBytes, at + size),
      whole: bytes.subarray(at, at + size),
    });
    at += size;
  }
  return boxes;
}

export function isPadding({ type, size }: BoxHeader): boolean {
  return size === TO_THE_END && type === "\0\0\0\0";
}

/** The first of this type. */
export function findBox(boxes: readonly Box[], type: string): Uint8Array | undefined {
  return boxes.find((box) => box.type === type)?.body;
}

/** Goes down a path of boxes that have nothing but boxes in them. */
export function findPath(boxes: readonly Box[], ...path: readonly string[]): Uint8Array | undefined {
  let body: Uint8Array | undefined;
  let within = boxes;
  for (const [depth, type] of path.entries()) {
    if (depth > 0) within = readBoxes(body!);
    body = findBox(within, type);
    if (body === undefined) return undefined;
  }
  return body;
}

/** Reads fields of a box; throws MP4_INVALID where it is too short. */
export function fieldsOf(body: Uint8Array): ByteReader {
  return new ByteReader(body, "MP4_INVALID");
}

/** 64 bits; those above 2^53 lose their lowest, and are beyond every limit anyway. */
export function readU64(fields: ByteReader): number {
  return fields.u32() * 2 ** 32 + fields.u32();
}

export function readI64(fields: ByteReader): number {
  return fields.i32() * 2 ** 32 + fields.u32();
}

export function u32At(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
