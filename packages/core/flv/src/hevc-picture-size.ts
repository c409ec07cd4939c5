import { BitReader } from "./bit-reader.ts";
import { withoutEmulation } from "./nal-unit.ts";
import { type PictureSize, sizeOf } from "./picture-size.ts";

/** ISO/IEC 14496-15 §8.3.3.1.2: 22 bytes, and then arrays of parameter sets. */
const ARRAYS_AT = 22;
const SEQUENCE_PARAMETER_SET = 33;
/** Arrays and units of a configuration; real ones have three and one of each. */
const MAX_UNITS = 64;

/** The size in an HEVCDecoderConfigurationRecord, by its first sequence parameter set. Undefined if it cannot be read. */
export function hevcPictureSize(configuration: Uint8Array): PictureSize | undefined {
  const unit = sequenceParameterSet(configuration);
  if (unit === undefined) return undefined;
  return sizeIn(new BitReader(withoutEmulation(unit.subarray(2))));
}

/** ITU-T H.265 §7.3.2.2.1. */
function sizeIn(bits: BitReader): PictureSize | undefined {
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

function sequenceParameterSet(configuration: Uint8Array): Uint8Array | undefined {
  let at = ARRAYS_AT + 1;
  let units = 0;
  for (let arrays = configuration[ARRAYS_AT] ?? 0; arrays > 0; arrays -= 1) {
    const type = (configuration[at] ?? 0) & 0x3f;
    const count = u16At(configuration, at + 1);
    at += 3;
    for (let left = count; left > 0; left -= 1) {
      units += 1;
      const length = u16At(configuration, at);
      if (units > MAX_UNITS || at + 2 + length > configuration.length) return undefined;
      if (type === SEQUENCE_PARAMETER_SET) return configuration.subarray(at + 2, at + 2 + length);
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

function u16At(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
