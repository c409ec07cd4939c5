import { BitReader } from "./bit-reader.ts";
import { readObu } from "./open-bitstream-unit.ts";
import { type PictureSize, sizeOf } from "./picture-size.ts";

const SEQUENCE_HEADER = 1;
/** Before a sequence header comes at most a temporal delimiter. */
const MAX_OBUS = 8;

/** Before the units of an AV1CodecConfigurationRecord (AV1 in ISOBMFF §2.3.3). */
const RECORD_BYTES = 4;

/** The size in an AV1CodecConfigurationRecord, which need not have a sequence header. */
export function av1ConfigurationSize(configuration: Uint8Array): PictureSize | undefined {
  return av1PictureSize(configuration.subarray(RECORD_BYTES));
}

/** The size in the sequence header among these units, as keyframes have them. Undefined if there is none that can be read. */
export function av1PictureSize(obus: Uint8Array): PictureSize | undefined {
  let at = 0;
  for (let count = 0; count < MAX_OBUS && at < obus.length; count += 1) {
    const obu = readObu(obus, at);
    if (obu === undefined) return undefined;
    if (obu.type === SEQUENCE_HEADER) return sizeIn(obus.subarray(obu.from, obu.to));
    at = obu.to;
  }
  return undefined;
}

/** AV1 §5.5.1. */
function sizeIn(header: Uint8Array): PictureSize | undefined {
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
