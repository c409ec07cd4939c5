import { BitReader } from "@headgate/flv";

/** What an AudioSpecificConfig says of the frames (ISO/IEC 14496-3 §1.6.2.1), before any extension is applied to them. */
export interface AacConfiguration {
  readonly sampleRate: number;
  readonly channels: number;
  /** In a frame, at this rate. */
  readonly samples: number;
}

export function aacConfiguration(configuration: Uint8Array): AacConfiguration | undefined {
  const bits = new BitReader(configuration);
  const objectType = readObjectType(bits);
  const sampleRate = readRate(bits);
  const channelConfiguration = bits.read(4);
  if (bits.isExhausted || sampleRate === undefined || sampleRate === 0) return undefined;
  const isExtended = objectType === SBR || objectType === PS;
  if (isExtended) readRate(bits);
  const coreType = isExtended ? readObjectType(bits) : objectType;
  const isShort = bits.read(1) === 1;
  const channels = objectType === PS ? 2 : (CHANNELS[channelConfiguration] ?? 2);
  return { sampleRate, channels, samples: frameSamples(coreType, isShort) };
}

const SBR = 5;
const PS = 29;
const LOW_DELAY: ReadonlySet<number> = new Set([23, 39]);
/** By channel configuration; 0 stands for a description that follows, and is mostly stereo. */
const CHANNELS = [2, 1, 2, 3, 4, 5, 6, 8];
const RATES = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];

/** §4.4.1, frameLengthFlag. */
function frameSamples(objectType: number, isShort: boolean): number {
  if (LOW_DELAY.has(objectType)) return isShort ? 480 : 512;
  return isShort ? 960 : 1024;
}

function readObjectType(bits: BitReader): number {
  const type = bits.read(5);
  return type === 31 ? 32 + bits.read(6) : type;
}

function readRate(bits: BitReader): number | undefined {
  const index = bits.read(4);
  return index === 15 ? bits.read(24) : RATES[index];
}
