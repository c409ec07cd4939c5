import { BitReader } from "./bit-reader.ts";
import { withoutEmulation } from "./nal-unit.ts";
import { type PictureSize, sizeOf } from "./picture-size.ts";

/** Profiles whose sequence parameter sets say more of colours (ITU-T H.264 §7.3.2.1.1). */
const PROFILES_WITH_CHROMA: ReadonlySet<number> = new Set([
  100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135,
]);

const MACROBLOCK = 16;

/** The size in an AVCDecoderConfigurationRecord, by its first sequence parameter set. Undefined if it cannot be read. */
export function avcPictureSize(configuration: Uint8Array): PictureSize | undefined {
  // ISO/IEC 14496-15 §5.3.3.1: five bytes, the number of sets, and of each its length and its NAL unit.
  const count = (configuration[5] ?? 0) & 0x1f;
  const length = ((configuration[6] ?? 0) << 8) | (configuration[7] ?? 0);
  const unit = configuration.subarray(8, 8 + length);
  if (count === 0 || length === 0 || unit.length < length) return undefined;
  return sizeIn(new BitReader(withoutEmulation(unit.subarray(1))));
}

/** ITU-T H.264 §7.3.2.1.1 */
function sizeIn(bits: BitReader): PictureSize | undefined {
  const profile = bits.read(8);
  bits.read(16);
  bits.readGolomb();
  let chromaFormat = 1;
  if (PROFILES_WITH_CHROMA.has(profile)) {
    chromaFormat = bits.readGolomb();
    if (chromaFormat === 3) bits.read(1);
    bits.readGolomb();
    bits.readGolomb();
    bits.read(1);
    if (bits.read(1) === 1) skipScalingMatrices(bits, chromaFormat === 3 ? 12 : 8);
  }
  bits.readGolomb();
  skipPictureOrder(bits);
  bits.readGolomb();
  bits.read(1);
  const columns = bits.readGolomb() + 1;
  const rows = bits.readGolomb() + 1;
  const isFrame = bits.read(1);
  if (isFrame === 0) bits.read(1);
  bits.read(1);
  const crop = bits.read(1) === 1 ? [0, 0, 0, 0].map(() => bits.readGolomb()) : [0, 0, 0, 0];
  if (bits.isExhausted) return undefined;
  const unitX = chromaFormat === 1 || chromaFormat === 2 ? 2 : 1;
  const unitY = (chromaFormat === 1 ? 2 : 1) * (2 - isFrame);
  const width = columns * MACROBLOCK - unitX * (crop[0]! + crop[1]!);
  const height = (2 - isFrame) * rows * MACROBLOCK - unitY * (crop[2]! + crop[3]!);
  return sizeOf(width, height);
}

function skipPictureOrder(bits: BitReader): void {
  const type = bits.readGolomb();
  if (type === 0) bits.readGolomb();
  if (type !== 1) return;
  bits.read(1);
  bits.readGolomb();
  bits.readGolomb();
  const count = bits.readGolomb();
  for (let each = 0; each < count && !bits.isExhausted; each += 1) bits.readGolomb();
}

/** §7.3.2.1.1.1 */
function skipScalingMatrices(bits: BitReader, count: number): void {
  for (let list = 0; list < count; list += 1) {
    if (bits.read(1) === 0) continue;
    let [last, next] = [8, 8];
    for (let each = 0; each < (list < 6 ? 16 : 64); each += 1) {
      if (next !== 0) next = (last + bits.readSignedGolomb() + 256) % 256;
      if (next !== 0) last = next;
    }
  }
}
