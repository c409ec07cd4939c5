import { BitReader } from "@headgate/flv";
import type { AudioCodec } from "./codecs.ts";

/** What a coded frame of sound says of itself. */
export interface AudioFrame {
  /** Per second. */
  readonly sampleRate: number;
  readonly channels: number;
  /** How many samples of a channel it has. */
  readonly samples: number;
}

/** The header of an MPEG audio frame (ISO/IEC 11172-3 §2.4.1.3, 13818-3); undefined if it is none. */
export function mp3Frame(frame: Uint8Array): AudioFrame | undefined {
  const [first = 0, second = 0, third = 0, fourth = 0] = frame;
  const version = (second >> 3) & 3;
  const layer = (second >> 1) & 3;
  const rate = MPEG1_RATES[(third >> 2) & 3];
  if (first !== 0xff || second >> 5 !== 7 || version === 1 || layer === 0 || rate === undefined) {
    return undefined;
  }
  const isMpeg1 = version === 3;
  const sampleRate = isMpeg1 ? rate : version === 2 ? rate / 2 : rate / 4;
  const samples = layer === 3 ? 384 : layer === 2 || isMpeg1 ? 1152 : 576;
  return { sampleRate, channels: fourth >> 6 === 3 ? 1 : 2, samples };
}

/** A synchronisation frame of AC-3 (ETSI TS 102 366 §4.4.1) or the first of a sample of E-AC-3 (§E.1.3.1). */
export interface Ac3Frame extends AudioFrame {
  /** The fields that `dac3` and `dec3` repeat. */
  readonly fscod: number;
  readonly bsid: number;
  readonly bsmod: number;
  readonly acmod: number;
  readonly lfeon: number;
  /** Of AC-3: twice the index of the bit rate. */
  readonly frmsizecod: number;
  /** Of E-AC-3, all frames of the sample together. */
  readonly bytes: number;
  /** Of E-AC-3: dependent substreams behind the first independent one. */
  readonly dependent: number;
}

export function ac3Frame(frame: Uint8Array): Ac3Frame | undefined {
  const bits = new BitReader(frame);
  if (bits.read(16) !== AC3_SYNC_WORD) return undefined;
  bits.read(16);
  const fscod = bits.read(2);
  const frmsizecod = bits.read(6);
  const bsid = bits.read(5);
  const bsmod = bits.read(3);
  const acmod = bits.read(3);
  if ((acmod & 1) !== 0 && acmod !== 1) bits.read(2);
  if ((acmod & 4) !== 0) bits.read(2);
  if (acmod === 2) bits.read(2);
  const lfeon = bits.read(1);
  const sampleRate = AC3_RATES[fscod];
  if (bits.isExhausted || sampleRate === undefined || bsid > MAX_AC3_BSID) return undefined;
  const channels = AC3_CHANNELS[acmod]! + lfeon;
  const bytes = frame.length;
  return {
    ...{ sampleRate, channels, samples: 1536 },
    ...{ fscod, bsid, bsmod, acmod, lfeon, frmsizecod, bytes, dependent: 0 },
  };
}

/** All frames of a sample: those of the first independent substream give its length, dependent ones are counted. */
export function eac3Sample(sample: Uint8Array): Ac3Frame | undefined {
  let first: (Ac3Frame & { readonly streamType: number }) | undefined;
  let samples = 0;
  let dependent = 0;
  for (let at = 0, frames = 0; at < sample.length && frames < MAX_EAC3_FRAMES; frames += 1) {
    const frame = eac3Frame(sample.subarray(at));
    if (frame === undefined) break;
    first ??= frame;
    if (frame.streamType === DEPENDENT) dependent += samples === first.samples ? 1 : 0;
    else samples += frame.samples;
    at += frame.bytes;
  }
  return first && { ...first, samples, dependent, bytes: sample.length };
}

/** How many samples a frame has; undefined if the frame cannot be read, or if the codec has a fixed number. */
export function samplesIn(codec: AudioCodec, frame: Uint8Array): number | undefined {
  if (codec === "MP3") return mp3Frame(frame)?.samples;
  if (codec === "Opus") return opusSamples(frame);
  if (codec === "FLAC") return flacSamples(frame);
  if (codec === "E-AC-3") return eac3Sample(frame)?.samples;
  return undefined;
}

const MPEG1_RATES = [44_100, 48_000, 32_000];
const AC3_SYNC_WORD = 0x0b77;
const AC3_RATES = [48_000, 44_100, 32_000];
const AC3_CHANNELS = [2, 1, 2, 3, 3, 4, 4, 5];
/** Larger ones are E-AC-3's. */
const MAX_AC3_BSID = 10;
const EAC3_BLOCKS = [1, 2, 3, 6];
const DEPENDENT = 1;
/** Six frames of a block each, of up to eight substreams with dependent ones; more are not a sample. */
const MAX_EAC3_FRAMES = 96;

function eac3Frame(frame: Uint8Array): (Ac3Frame & { readonly streamType: number }) | undefined {
  const bits = new BitReader(frame);
  if (bits.read(16) !== AC3_SYNC_WORD) return undefined;
  const streamType = bits.read(2);
  bits.read(3);
  const bytes = (bits.read(11) + 1) * 2;
  const fscod = bits.read(2);
  const rateOrBlocks = bits.read(2);
  const acmod = bits.read(3);
  const lfeon = bits.read(1);
  const bsid = bits.read(5);
  const fullRate = AC3_RATES[fscod === 3 ? rateOrBlocks : fscod];
  if (bits.isExhausted || fullRate === undefined || bsid <= MAX_AC3_BSID) return undefined;
  const sampleRate = fscod === 3 ? fullRate / 2 : fullRate;
  const samples = 256 * (fscod === 3 ? 6 : EAC3_BLOCKS[rateOrBlocks]!);
  const channels = AC3_CHANNELS[acmod]! + lfeon;
  const fields = { fscod, bsid, bsmod: 0, acmod, lfeon, frmsizecod: 0, bytes, dependent: 0 };
  return { sampleRate, channels, samples, streamType, ...fields };
}

/** RFC 6716 §3.1, at 48 kHz. */
function opusSamples(packet: Uint8Array): number | undefined {
  const [toc, second = 0] = packet;
  if (toc === undefined) return undefined;
  const frames = [1, 2, 2, second & 0x3f][toc & 3]!;
  return frames * opusFrameSamples(toc >> 3);
}

function opusFrameSamples(configuration: number): number {
  if (configuration >= 16) return 120 << (configuration & 3);
  if (configuration >= 12) return 480 << (configuration & 1);
  return [480, 960, 1920, 2880][configuration & 3]!;
}

/** RFC 9639 §9.1. */
function flacSamples(frame: Uint8Array): number | undefined {
  const [first = 0, second = 0, third = 0] = frame;
  if (first !== 0xff || (second & 0xfc) !== 0xf8) return undefined;
  const code = third >> 4;
  if (code === 0) return undefined;
  if (code === 1) return 192;
  if (code <= 5) return 576 << (code - 2);
  if (code >= 8) return 256 << (code - 8);
  const at = 4 + codedNumberBytes(frame[4] ?? 0);
  const high = frame[at];
  const low = code === 6 ? 0 : frame[at + 1];
  if (high === undefined || low === undefined) return undefined;
  return code === 6 ? high + 1 : high * 256 + low + 1;
}

/** The number of a frame is coded as UTF-8 is: leading ones say how many bytes it has. */
function codedNumberBytes(first: number): number {
  return first < 0x80 ? 1 : Math.max(1, Math.clz32(~(first << 24)));
}
