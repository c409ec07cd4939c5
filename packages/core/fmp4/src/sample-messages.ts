import type { AudioCodec, Codec, VideoCodec } from "./codecs.ts";
import type { SampleDescription } from "./sample-entries.ts";

/** Memory for the bodies of messages, so that a player does not need new memory for each. */
export interface BodyMemory {
  /** At least this many bytes, with any content. What was taken before is not needed any more. */
  take(length: number): Uint8Array;
}

/**
 * The RTMP message body with a decoder's configuration: FLV's own header for H.264 and AAC, Enhanced RTMP's for the rest.
 * Undefined for codecs whose frames say everything themselves.
 */
export function sequenceStartBody({ codec, configuration }: SampleDescription): Uint8Array | undefined {
  switch (codec) {
    case "H.264":
      return body([0x17, 0, 0, 0, 0], configuration);
    case "HEVC":
    case "AV1":
    case "VP9":
      return body([EX_HEADER | KEY_FRAME | SEQUENCE_START, ...FOURCC[codec]], configuration);
    case "AAC":
      return body([AAC_HEADER, 0], configuration);
    case "Opus":
    case "FLAC":
      return body([ENHANCED_AUDIO | SEQUENCE_START, ...FOURCC[codec]], configuration);
    default:
      return undefined;
  }
}

/** The body with a frame. */
export function videoFrameBody(
  codec: VideoCodec,
  isKeyframe: boolean,
  compositionTimeMs: number,
  data: Uint8Array,
  memory?: BodyMemory,
): Uint8Array {
  const frameType = isKeyframe ? KEY_FRAME : INTER_FRAME;
  const time = Math.max(-0x80_0000, Math.min(compositionTimeMs, 0x7f_ffff));
  const timeBytes = [(time >> 16) & 0xff, (time >> 8) & 0xff, time & 0xff];
  if (codec === "H.264") return body([frameType | AVC_CODEC_ID, 1, ...timeBytes], data, memory);
  const header = EX_HEADER | frameType;
  if (codec !== "HEVC") return body([header | CODED_FRAMES, ...FOURCC[codec]], data, memory);
  if (time === 0) return body([header | CODED_FRAMES_X, ...FOURCC[codec]], data, memory);
  return body([header | CODED_FRAMES, ...FOURCC[codec], ...timeBytes], data, memory);
}

/** `sampleRate` and `channels` are for MP3, whose header says roughly what they are. */
export function audioFrameBody(
  codec: AudioCodec,
  { sampleRate, channels }: { readonly sampleRate: number; readonly channels: number },
  data: Uint8Array,
  memory?: BodyMemory,
): Uint8Array {
  if (codec === "AAC") return body([AAC_HEADER, 1], data, memory);
  if (codec === "MP3") return body([mp3Header(sampleRate, channels)], data, memory);
  return body([ENHANCED_AUDIO | CODED_FRAMES, ...FOURCC[codec]], data, memory);
}

/** What `onMetaData` says of a codec: an id of FLV, or the FourCC as a number (Enhanced RTMP v2, "Metadata Frame"). */
export function codecId(codec: Codec): number {
  if (codec === "H.264") return AVC_CODEC_ID;
  if (codec === "AAC") return AAC_HEADER >> 4;
  if (codec === "MP3") return MP3_FORMAT;
  const [a, b, c, d] = FOURCC[codec] as [number, number, number, number];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

const EX_HEADER = 0x80;
const KEY_FRAME = 0x10;
const INTER_FRAME = 0x20;
const AVC_CODEC_ID = 7;
const SEQUENCE_START = 0;
const CODED_FRAMES = 1;
/** Without a composition time. */
const CODED_FRAMES_X = 3;
/** AAC at 44 kHz, 16 bits, stereo, whatever the truth (FLV 10.1 §E.4.2.1). */
const AAC_HEADER = 0xaf;
const ENHANCED_AUDIO = 0x90;
const MP3_FORMAT = 2;
const MP3_8KHZ_FORMAT = 14;

const FOURCC = {
  HEVC: letters("hvc1"),
  AV1: letters("av01"),
  VP9: letters("vp09"),
  Opus: letters("Opus"),
  FLAC: letters("fLaC"),
  "AC-3": letters("ac-3"),
  "E-AC-3": letters("ec-3"),
} as const;

/** Of the rates that a header can say, the one of which the true one is nearest a multiple of; 16 bits; mono or stereo. */
function mp3Header(sampleRate: number, channels: number): number {
  const low = 0x02 | (channels > 1 ? 1 : 0);
  if (sampleRate > 0 && sampleRate <= 8000) return (MP3_8KHZ_FORMAT << 4) | low;
  const rate = sampleRate >= 32_000 || sampleRate === 0 ? 3 : sampleRate >= 16_000 ? 2 : 1;
  return (MP3_FORMAT << 4) | (rate << 2) | low;
}

function letters(fourCc: string): readonly number[] {
  return Array.from(fourCc, (letter) => letter.charCodeAt(0));
}

function body(header: readonly number[], data: Uint8Array, memory?: BodyMemory): Uint8Array {
  const length = header.length + data.length;
  const whole = memory ? memory.take(length).subarray(0, length) : new Uint8Array(length);
  whole.set(header);
  whole.set(data, header.length);
  return whole;
}
