import { AUDIO_MULTITRACK } from "./audio-header.ts";
import { av1ConfigurationSize } from "./av1-picture-size.ts";
import { avcPictureSize } from "./avc-picture-size.ts";
import { BitReader } from "./bit-reader.ts";
import { readBodies } from "./enhanced-header.ts";
import { hevcPictureSize } from "./hevc-picture-size.ts";
import type { PictureSize } from "./picture-size.ts";
import type { Track } from "./track.ts";
import { VIDEO_MULTITRACK } from "./video-header.ts";

/** What a decoder's configuration says of the pictures; undefined where it does not. */
export interface VideoFacts {
  readonly profile: string | undefined;
  /** As "3.1". */
  readonly level: string | undefined;
  /** VP9 has it in keyframes alone, and AV1 may. */
  readonly size?: PictureSize | undefined;
}

/** The same of the sound. */
export interface AudioFacts {
  readonly profile: string | undefined;
  readonly sampleRate: number | undefined;
  readonly channels: number | undefined;
}

/** Reads the sequence start of a video track with this codec, of the lowest if it is for several. Never throws. */
export function videoFacts({ codec }: Track, enhanced: boolean, payload: Uint8Array): VideoFacts {
  const configuration = enhanced ? lowestBody(payload, VIDEO_MULTITRACK) : payload.subarray(5);
  return VIDEO_READERS[codec]?.(configuration) ?? NO_VIDEO_FACTS;
}

/** Likewise for audio. */
export function audioFacts({ codec }: Track, enhanced: boolean, payload: Uint8Array): AudioFacts {
  const configuration = enhanced ? lowestBody(payload, AUDIO_MULTITRACK) : payload.subarray(2);
  return AUDIO_READERS[codec]?.(configuration) ?? NO_AUDIO_FACTS;
}

const NO_VIDEO_FACTS: VideoFacts = { profile: undefined, level: undefined };
const NO_AUDIO_FACTS: AudioFacts = { profile: undefined, sampleRate: undefined, channels: undefined };

/** ISO/IEC 14496-10 table A.1 and §A.2, ITU-T H.265 annex A, AV1 §A.2, VP9 annex A. */
const AVC_PROFILES: Readonly<Record<number, string>> = {
  66: "Baseline",
  77: "Main",
  88: "Extended",
  100: "High",
  110: "High 10",
  122: "High 4:2:2",
  244: "High 4:4:4 Predictive",
};
const HEVC_PROFILES: Readonly<Record<number, string>> = {
  1: "Main",
  2: "Main 10",
  3: "Main Still Picture",
  4: "Range Extensions",
};
const AV1_PROFILES: Readonly<Record<number, string>> = { 0: "Main", 1: "High", 2: "Professional" };

/** ISO/IEC 14496-3 table 1.17. */
const AAC_PROFILES: Readonly<Record<number, string>> = {
  1: "Main",
  2: "LC",
  3: "SSR",
  4: "LTP",
  5: "HE",
  29: "HEv2",
};
const AAC_RATES = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];
const HIGHEST_AAC_CHANNELS: Readonly<Record<number, number>> = { 7: 8, 11: 7, 12: 8, 14: 8 };

const VIDEO_READERS: Readonly<Record<string, (configuration: Uint8Array) => VideoFacts | undefined>> = {
  "H.264": (configuration) => {
    const [, profile, , level] = configuration;
    if (level === undefined) return undefined;
    const size = avcPictureSize(configuration);
    return { profile: AVC_PROFILES[profile!], level: decimal(level / 10), size };
  },
  HEVC: (configuration) => {
    const [, profile = 0] = configuration;
    const level = configuration[12];
    if (level === undefined) return undefined;
    const size = hevcPictureSize(configuration);
    return { profile: HEVC_PROFILES[profile & 0x1f], level: decimal(level / 30), size };
  },
  AV1: (configuration) => {
    const [, second] = configuration;
    if (second === undefined) return undefined;
    const level = second & 0x1f;
    const size = av1ConfigurationSize(configuration);
    return { profile: AV1_PROFILES[second >> 5], level: `${2 + (level >> 2)}.${level & 3}`, size };
  },
  VP9: (configuration) => {
    const level = configuration[5];
    return level === undefined
      ? undefined
      : { profile: String(configuration[4]), level: decimal(level / 10) };
  },
};

const AUDIO_READERS: Readonly<Record<string, (configuration: Uint8Array) => AudioFacts | undefined>> = {
  AAC: readAudioSpecificConfig,
  // RFC 7845 §5.1.
  Opus: (head) => {
    const channels = head[9];
    return channels === undefined ? undefined : { profile: undefined, sampleRate: 48_000, channels };
  },
};

/** ISO/IEC 14496-3 §1.6.2.1. With SBR, sound has the rate of the extension, which follows. */
function readAudioSpecificConfig(configuration: Uint8Array): AudioFacts | undefined {
  if (configuration.length < 2) return undefined;
  const bits = new BitReader(configuration);
  const objectType = readObjectType(bits);
  const baseRate = readRate(bits);
  const channelConfiguration = bits.read(4);
  const hasExtension = objectType === 5 || objectType === 29;
  return {
    profile: AAC_PROFILES[objectType],
    sampleRate: hasExtension ? readRate(bits) : baseRate,
    channels: objectType === 29 ? 2 : (HIGHEST_AAC_CHANNELS[channelConfiguration] ?? channelConfiguration),
  };
}

function readObjectType(bits: BitReader): number {
  const type = bits.read(5);
  return type === 31 ? 32 + bits.read(6) : type;
}

function readRate(bits: BitReader): number | undefined {
  const index = bits.read(4);
  return index === 15 ? bits.read(24) : AAC_RATES[index];
}

function lowestBody(payload: Uint8Array, multitrack: number): Uint8Array {
  const bodies = readBodies(payload, multitrack) ?? [];
  const [first] = [...bodies].sort((a, b) => a.trackId - b.trackId);
  return first ? payload.subarray(first.from, first.to) : payload.subarray(payload.length);
}

function decimal(level: number): string {
  return level.toFixed(1);
}
