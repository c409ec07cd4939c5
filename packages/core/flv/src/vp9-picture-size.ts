import { BitReader } from "./bit-reader.ts";
import { type PictureSize, sizeOf } from "./picture-size.ts";

const SYNC_CODE = 0x498342;
const SRGB = 7;

/** The size in the uncompressed header of a keyframe (VP9 §6.2): the configuration has none. Undefined of other frames. */
export function vp9PictureSize(frame: Uint8Array): PictureSize | undefined {
  const bits = new BitReader(frame);
  bits.read(2);
  const profile = bits.read(1) + 2 * bits.read(1);
  if (profile === 3) bits.read(1);
  const showExisting = bits.read(1);
  const isInter = bits.read(1);
  bits.read(2);
  if (showExisting === 1 || isInter === 1 || bits.read(24) !== SYNC_CODE) return undefined;
  if (profile >= 2) bits.read(1);
  const isSrgb = bits.read(3) === SRGB;
  const hasSubsampling = profile === 1 || profile === 3;
  if (!isSrgb) bits.read(hasSubsampling ? 4 : 1);
  else if (hasSubsampling) bits.read(1);
  const width = bits.read(16) + 1;
  const height = bits.read(16) + 1;
  return bits.isExhausted ? undefined : sizeOf(width, height);
}
