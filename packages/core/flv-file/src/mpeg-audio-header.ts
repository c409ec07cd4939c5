/** What the header of an MPEG audio frame of layer III says (ISO/IEC 11172-3 §2.4.1.3, ISO/IEC 13818-3 §2.4.2.3). */
export interface MpegAudioHeader {
  /** Version, layer and sample rate, which all frames of a file share. */
  readonly kind: number;
  /** With the header. */
  readonly bytes: number;
  readonly samples: number;
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  /** Between the header and what an encoder may tell of the file in its first frame. */
  readonly sideInformationBytes: number;
}

export const MPEG_AUDIO_HEADER_BYTES = 4;

/** Version and layer, as bits of the second byte; the lowest says whether there is no CRC. */
const MPEG_1 = 3;
const MPEG_2_5 = 0;
const RESERVED_VERSION = 1;
const LAYER_III = 1;

/** kbit/s and Hz by index. Index 0 is "free": such a frame does not say how long it is. */
const BIT_RATES_1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const BIT_RATES_2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const SAMPLE_RATES = [44_100, 48_000, 32_000];
const MONO = 3;

/** Reads the header at an offset; undefined if there is none of layer III, or not all of it. */
export function readMpegAudioHeader(bytes: Uint8Array, at: number): MpegAudioHeader | undefined {
  if (at + MPEG_AUDIO_HEADER_BYTES > bytes.length || bytes[at] !== 0xff) return undefined;
  const [second, third, fourth] = [bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!];
  const version = (second >> 3) & 3;
  if (second < 0xe0 || version === RESERVED_VERSION || ((second >> 1) & 3) !== LAYER_III) return undefined;
  const isFirst = version === MPEG_1;
  const bitRate = (isFirst ? BIT_RATES_1 : BIT_RATES_2)[third >> 4];
  const fullRate = SAMPLE_RATES[(third >> 2) & 3];
  if (!bitRate || fullRate === undefined) return undefined;
  const sampleRate = isFirst ? fullRate : fullRate / (version === MPEG_2_5 ? 4 : 2);
  const samples = isFirst ? 1152 : 576;
  const isMono = fourth >> 6 === MONO;
  return {
    kind: (second & 0x1e) | ((third & 0x0c) << 4),
    bytes: Math.floor((samples * 125 * bitRate) / sampleRate) + ((third >> 1) & 1),
    samples,
    sampleRate,
    channels: isMono ? 1 : 2,
    sideInformationBytes: isFirst ? (isMono ? 17 : 32) : isMono ? 9 : 17,
  };
}
