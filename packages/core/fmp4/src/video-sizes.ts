import { avcPictureSize, BitReader, type PictureSize, withoutEmulation } from "@headgate/flv";
import type { VideoCodec } from "./codecs.ts";

/**
 * The size of the pictures, by the configuration or, of codecs whose configuration does not say, by a keyframe. Undefined if
 * neither can be read.
 */
export function pictureSize(
  codec: VideoCodec,
  configuration: Uint8Array,
  keyframe: Uint8Array,
): PictureSize | undefined {
  switch (codec) {
    case "H.264":
      return avcPictureSize(configuration);
    case "HEVC":
      return hevcSize(configuration);
    case "AV1":
      return av1Size(configuration.subarray(AV1_RECORD_BYTES)) ?? av1Size(keyframe);
    case "VP9":
      return vp9Size(keyframe);
  }
}

/** ISO/IEC 14496-15 §8.3.3.1.2: 22 bytes, and then arrays of parameter sets. */
const HEVC_ARRAYS_AT = 22;
const HEVC_SPS = 33;
/** Arrays and units of a configuration; real ones have three and one of each. */
const MAX_HEVC_UNITS = 64;
const AV1_RECORD_BYTES = 4;

function hevcSize(configuration: Uint8Array): PictureSize | undefined {
  const unit = hevcSequenceParameterSet(configuration);
  if (unit === undefined) return undefined;
  const bits = new BitReader(withoutEmulation(unit.subarray(2)));
  bits.read(4);
  const subLayers = bits.read(3);
  bits.read(1);
  skipProfileTierLevel(bits, subLayers);
  bits.readGolomb();
  const chromaFormat = bits.readGolomb();
  if (chromaFormat === 3) bits.read(1);
  const codedWidth = bits.readGolomb();
  const codedHeight = bits.readGolomb();
  const crop = bits.read(1) === 1 ? [0, 0, 0, 0].map(() => bits.readGolomb()) : [0, 0, 0, 0];
  const unitX = chromaFormat === 1 || chromaFormat === 2 ? 2 : 1;
  const unitY = chromaFormat === 1 ? 2 : 1;
  const width = codedWidth - unitX * (crop[0]! + crop[1]!);
  const height = codedHeight - unitY * (crop[2]! + crop[3]!);
  return bits.isExhausted ? undefined : sizeOf(width, height);
}

function hevcSequenceParameterSet(configuration: Uint8Array): Uint8Array | undefined {
  let at = HEVC_ARRAYS_AT + 1;
  let units = 0;
  for (let arrays = configuration[HEVC_ARRAYS_AT] ?? 0; arrays > 0; arrays -= 1) {
    const type = (configuration[at] ?? 0) & 0x3f;
    const count = u16At(configuration, at + 1);
    at += 3;
    for (let left = count; left > 0; left -= 1) {
      units += 1;
      const length = u16At(configuration, at);
      if (units > MAX_HEVC_UNITS || at + 2 + length > configuration.length) return undefined;
      if (type === HEVC_SPS) return configuration.subarray(at + 2, at + 2 + length);
      at += 2 + length;
    }
  }
  return undefined;
}

/** ITU-T H.265 §7.3.3. */
function skipProfileTierLevel(bits: BitReader, subLayers: number): void {
  const profileBits = 88;
  const levelBits = 8;
  bits.read(profileBits + levelBits);
  const present: [profile: number, level: number][] = [];
  for (let each = 0; each < subLayers; each += 1) present.push([bits.read(1), bits.read(1)]);
  if (subLayers > 0) bits.read(2 * (8 - subLayers));
  for (const [profile, level] of present) bits.read(profile * profileBits + level * levelBits);
}

const OBU_SEQUENCE_HEADER = 1;
/** Before a sequence header comes at most a temporal delimiter. */
const MAX_OBUS = 8;

function av1Size(obus: Uint8Array): PictureSize | undefined {
  let at = 0;
  for (let count = 0; count < MAX_OBUS && at < obus.length; count += 1) {
    const obu = readObu(obus, at);
    if (obu === undefined) return undefined;
    if (obu.type === OBU_SEQUENCE_HEADER) return av1SequenceSize(obus.subarray(obu.from, obu.to));
    at = obu.to;
  }
  return undefined;
}

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

/** AV1 §5.5.1. */
function av1SequenceSize(header: Uint8Array): PictureSize | undefined {
  const bits = new BitReader(header);
  bits.read(4);
  if (bits.read(1) === 1) bits.read(5);
  else skipOperatingPoints(bits);
  const widthBits = bits.read(4) + 1;
  const heightBits = bits.read(4) + 1;
  const width = bits.read(widthBits) + 1;
  const height = bits.read(heightBits) + 1;
  return bits.isExhausted ? undefined : sizeOf(width, height);
}

function skipOperatingPoints(bits: BitReader): void {
  let delayBits = 0;
  if (bits.read(1) === 1) {
    bits.read(64);
    if (bits.read(1) === 1) bits.readGolomb();
    if (bits.read(1) === 1) {
      delayBits = bits.read(5) + 1;
      bits.read(42);
    }
  }
  const hasDisplayDelay = bits.read(1) === 1;
  for (let left = bits.read(5) + 1; left > 0; left -= 1) {
    bits.read(12);
    if (bits.read(5) > 7) bits.read(1);
    if (delayBits > 0 && bits.read(1) === 1) bits.read(2 * delayBits + 1);
    if (hasDisplayDelay && bits.read(1) === 1) bits.read(4);
  }
}

const VP9_SYNC_CODE = 0x498342;
const VP9_SRGB = 7;

/** VP9 §6.2, of a keyframe. */
function vp9Size(frame: Uint8Array): PictureSize | undefined {
  const bits = new BitReader(frame);
  bits.read(2);
  const profile = bits.read(1) + 2 * bits.read(1);
  if (profile === 3) bits.read(1);
  const showExisting = bits.read(1);
  const isInter = bits.read(1);
  bits.read(2);
  if (showExisting === 1 || isInter === 1 || bits.read(24) !== VP9_SYNC_CODE) return undefined;
  if (profile >= 2) bits.read(1);
  const isSrgb = bits.read(3) === VP9_SRGB;
  const hasSubsampling = profile === 1 || profile === 3;
  if (!isSrgb) bits.read(hasSubsampling ? 4 : 1);
  else if (hasSubsampling) bits.read(1);
  const width = bits.read(16) + 1;
  const height = bits.read(16) + 1;
  return bits.isExhausted ? undefined : sizeOf(width, height);
}

function sizeOf(width: number, height: number): PictureSize | undefined {
  return width > 0 && height > 0 ? { width, height } : undefined;
}

function u16At(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
