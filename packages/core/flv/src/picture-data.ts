/**
 * Key frames by what is in them: some publishers write no frame type (MediaMTX, for all codecs of Enhanced RTMP), others mark
 * every frame as an inter frame.
 */

/** Before the first slice come delimiters, parameter sets and SEI; a message with more than so many units has no say. */
export const MAX_UNITS_LOOKED_AT = 64;

/** Whether the picture data between the offsets is a key frame; false for codecs this cannot tell of. Never throws. */
export function isKeyPicture(codec: string, payload: Uint8Array, from: number, to: number): boolean {
  if (to <= from) return false;
  const nalUnits = NAL_CODECS[codec];
  if (nalUnits) return isKeyNalUnits(nalUnits, payload, from, to);
  if (codec === "AV1") return isKeyAv1(payload, from, to);
  if (codec === "VP9") return isKeyVp9(payload[from]!);
  return codec === "VP8" && isKeyVp8(payload, from, to);
}

/** Whether frames of this codec may be shown in another order than they come in, and so have a composition time. */
export function hasNalUnits(codec: string): boolean {
  return NAL_CODECS[codec] !== undefined;
}

interface NalCodec {
  /** The byte of a unit's header with its type, and the type in it. */
  readonly typeAt: number;
  type(header: number): number;
  isSlice(type: number): boolean;
  isKey(type: number): boolean;
}

/** H.264 table 7-1, H.265 table 7-1 (IRAP), H.266 table 5 (IDR and CRA). */
const NAL_CODECS: Readonly<Record<string, NalCodec>> = {
  "H.264": {
    typeAt: 0,
    type: (header) => header & 0x1f,
    isSlice: (type) => type >= 1 && type <= 5,
    isKey: (type) => type === 5,
  },
  HEVC: {
    typeAt: 0,
    type: (header) => (header >> 1) & 0x3f,
    isSlice: (type) => type < 32,
    isKey: (type) => type >= 16 && type <= 21,
  },
  VVC: {
    typeAt: 1,
    type: (header) => header >> 3,
    isSlice: (type) => type < 12,
    isKey: (type) => type >= 7 && type <= 9,
  },
};

const NAL_LENGTH_BYTES = 4;

/** The first slice decides: a key frame has no others. */
function isKeyNalUnits(codec: NalCodec, payload: Uint8Array, from: number, to: number): boolean {
  let at = from;
  for (let units = 0; units < MAX_UNITS_LOOKED_AT; units++) {
    const unit = at + NAL_LENGTH_BYTES;
    if (unit >= to) return false;
    const length = u32At(payload, at);
    at = unit + length;
    if (at > to) return false;
    if (length <= codec.typeAt) continue;
    const type = codec.type(payload[unit + codec.typeAt]!);
    if (codec.isSlice(type)) return codec.isKey(type);
  }
  return false;
}

const OBU = { frameHeader: 3, frame: 6 } as const;

/** AV1 §5.3 and §5.9.2: the first frame header decides, by `show_existing_frame` and `frame_type`. */
function isKeyAv1(payload: Uint8Array, from: number, to: number): boolean {
  let at = from;
  for (let units = 0; units < MAX_UNITS_LOOKED_AT && at < to; units++) {
    const header = payload[at]!;
    const type = (header >> 3) & 0x0f;
    const hasExtension = (header & 0x04) !== 0;
    const hasSize = (header & 0x02) !== 0;
    const sizeAt = at + (hasExtension ? 2 : 1);
    const sizeEnd = hasSize ? leb128End(payload, sizeAt, to) : sizeAt;
    if (sizeEnd >= to) return false;
    if (type === OBU.frame || type === OBU.frameHeader) return (payload[sizeEnd]! & 0xe0) === 0;
    if (!hasSize) return false;
    at = sizeEnd + leb128(payload, sizeAt, sizeEnd);
  }
  return false;
}

/** Numbers of more bytes than this are not to be found in AV1 (§4.10.5). */
const MAX_LEB128_BYTES = 8;

/** Behind the number; beyond the end if it is cut off. */
function leb128End(payload: Uint8Array, from: number, to: number): number {
  for (let at = from; at < to && at < from + MAX_LEB128_BYTES; at++) {
    if (payload[at]! < 0x80) return at + 1;
  }
  return to;
}

function leb128(payload: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let at = to - 1; at >= from; at--) value = value * 128 + (payload[at]! & 0x7f);
  return value;
}

/** VP9 §6.2: frame marker, profile, `show_existing_frame`, `frame_type`. */
function isKeyVp9(first: number): boolean {
  if (first >> 6 !== 2) return false;
  const isProfile3 = (first & 0x30) === 0x30;
  return ((isProfile3 ? first >> 1 : first >> 2) & 0x03) === 0;
}

const VP8_START_CODE_AT = 3;

/** RFC 6386 §9.1: the lowest bit says it, and a start code follows. */
function isKeyVp8(payload: Uint8Array, from: number, to: number): boolean {
  const at = from + VP8_START_CODE_AT;
  if ((payload[from]! & 1) !== 0 || at + 3 > to) return false;
  return payload[at] === 0x9d && payload[at + 1] === 0x01 && payload[at + 2] === 0x2a;
}

function u32At(payload: Uint8Array, at: number): number {
  return ((payload[at]! << 24) | (payload[at + 1]! << 16) | (payload[at + 2]! << 8) | payload[at + 3]!) >>> 0;
}
