import { type Ac3Frame, ac3Frame, eac3Sample, mp3Frame } from "./audio-frames.ts";
import { aacConfiguration } from "./audio-specific-config.ts";
import { BoxWriter } from "./box-writer.ts";
import type { AudioCodec, VideoCodec } from "./codecs.ts";
import { pictureSize } from "./video-sizes.ts";

/** What the `moov` of a file says of a track, apart from its samples. */
export interface TrackDescription {
  readonly medium: "audio" | "video";
  /** Ticks of a second. */
  readonly timescale: number;
  /** In pixels; 0 for sound. */
  readonly width: number;
  readonly height: number;
  /** The whole box, such as `avc1` with its `avcC`. */
  readonly sampleEntry: Uint8Array;
}

export interface VideoDescription extends TrackDescription {
  readonly medium: "video";
}

export interface AudioDescription extends TrackDescription {
  readonly medium: "audio";
  readonly channels: number;
  /** Of a frame that does not say it itself, in ticks. */
  readonly frameSamples: number;
}

/** Milliseconds are whole numbers of it. */
export const VIDEO_TIMESCALE = 90_000;

/** By a decoder's configuration as RTMP carries it, and the first keyframe. */
export function describeVideo(
  codec: VideoCodec,
  configuration: Uint8Array,
  keyframe: Uint8Array,
): VideoDescription | undefined {
  if (configuration.length < MIN_VIDEO_CONFIGURATION_BYTES) return undefined;
  const { width, height } = pictureSize(codec, configuration, keyframe) ?? { width: 0, height: 0 };
  const writer = new BoxWriter();
  writer.open(VIDEO_ENTRIES[codec]).zeroes(6).u16(1).zeroes(16).u16(width).u16(height);
  // 72 dots per inch, one frame a sample, no name, 24 bits of colour (ISO/IEC 14496-12 §12.1.3).
  writer.u32(0x0048_0000).u32(0x0048_0000).u32(0).u16(1).zeroes(32).u16(0x18).u16(0xffff);
  if (codec === "VP9" && !isFullBox(configuration)) writer.openFull("vpcC", 1, 0);
  else writer.open(VIDEO_CONFIGURATIONS[codec]);
  const sampleEntry = writer.raw(configuration).close().close().finish();
  return { medium: "video", timescale: VIDEO_TIMESCALE, width, height, sampleEntry };
}

/** By a decoder's configuration, which is empty for codecs without, and the first frame. Undefined if neither makes sense. */
export function describeAudio(
  codec: AudioCodec,
  configuration: Uint8Array,
  frame: Uint8Array,
): AudioDescription | undefined {
  const facts = audioFacts(codec, configuration, frame);
  if (facts === undefined) return undefined;
  const { sampleRate, channels, samples } = facts;
  const writer = new BoxWriter();
  writer.open(AUDIO_ENTRIES[codec]).zeroes(6).u16(1).zeroes(8).u16(channels).u16(16).u32(0);
  // 16.16 bits do not hold more; the codec's own box says it then (ISO/IEC 14496-12 §12.2.3).
  writer.u16(sampleRate > 0xffff ? 0 : sampleRate).u16(0);
  writeAudioConfiguration(writer, codec, configuration, frame, sampleRate);
  const sampleEntry = writer.close().finish();
  const track = { medium: "audio", timescale: sampleRate, width: 0, height: 0 } as const;
  return { ...track, sampleEntry, channels, frameSamples: samples };
}

const VIDEO_ENTRIES = { "H.264": "avc1", HEVC: "hvc1", AV1: "av01", VP9: "vp09" } as const;
const VIDEO_CONFIGURATIONS = { "H.264": "avcC", HEVC: "hvcC", AV1: "av1C", VP9: "vpcC" } as const;
const AUDIO_ENTRIES = {
  AAC: "mp4a",
  MP3: "mp4a",
  Opus: "Opus",
  FLAC: "fLaC",
  "AC-3": "ac-3",
  "E-AC-3": "ec-3",
} as const;

/** Of AV1: four bytes and, in many files, nothing behind them. */
const MIN_VIDEO_CONFIGURATION_BYTES = 4;

/** RFC 7845 §5.1, up to the mapping family. */
const OPUS_HEAD_BYTES = 19;
const OPUS_RATE = 48_000;
/** STREAMINFO (RFC 9639 §8.2), and the header of the last block of metadata if that is STREAMINFO. */
const STREAMINFO_BYTES = 34;
const STREAMINFO_HEADER = [0x80, 0, 0, STREAMINFO_BYTES];
const FLAC_MAGIC = [0x66, 0x4c, 0x61, 0x43];
const OBJECT_TYPE = { aac: 0x40, mpeg2Audio: 0x69, mpeg1Audio: 0x6b } as const;
const LOWEST_MPEG1_RATE = 32_000;

/** Enhanced RTMP carries the body of `vpcC`, some publishers with the version in front and some without. */
function isFullBox(configuration: Uint8Array): boolean {
  const [version, ...flags] = configuration.subarray(0, 4);
  return version === 1 && flags.every((flag) => flag === 0);
}

function audioFacts(
  codec: AudioCodec,
  configuration: Uint8Array,
  frame: Uint8Array,
): { sampleRate: number; channels: number; samples: number } | undefined {
  switch (codec) {
    case "AAC":
      return aacConfiguration(configuration);
    case "MP3":
      return mp3Frame(frame);
    case "AC-3":
      return ac3Frame(frame);
    case "E-AC-3":
      return eac3Sample(frame);
    case "Opus":
      if (configuration.length < OPUS_HEAD_BYTES) return undefined;
      return { sampleRate: OPUS_RATE, channels: configuration[9]!, samples: 960 };
    case "FLAC":
      return flacFacts(configuration);
  }
}

function flacFacts(
  configuration: Uint8Array,
): { sampleRate: number; channels: number; samples: number } | undefined {
  const info = flacBlocks(configuration).subarray(STREAMINFO_HEADER.length);
  if (info.length < STREAMINFO_BYTES) return undefined;
  const sampleRate = (info[10]! << 12) | (info[11]! << 4) | (info[12]! >> 4);
  const samples = (info[0]! << 8) | info[1]!;
  return sampleRate === 0 ? undefined : { sampleRate, channels: ((info[12]! >> 1) & 7) + 1, samples };
}

/** The blocks of metadata. Enhanced RTMP says that the magic comes before; FFmpeg 8 sends STREAMINFO alone. */
function flacBlocks(configuration: Uint8Array): Uint8Array {
  const hasMagic = FLAC_MAGIC.every((byte, at) => configuration[at] === byte);
  if (hasMagic) return configuration.subarray(FLAC_MAGIC.length);
  return configuration.length === STREAMINFO_BYTES
    ? Uint8Array.from([...STREAMINFO_HEADER, ...configuration])
    : configuration.subarray(configuration.length);
}

function writeAudioConfiguration(
  writer: BoxWriter,
  codec: AudioCodec,
  configuration: Uint8Array,
  frame: Uint8Array,
  sampleRate: number,
): void {
  switch (codec) {
    case "AAC":
      return writeDescriptor(writer, OBJECT_TYPE.aac, configuration);
    case "MP3":
      return writeDescriptor(
        writer,
        sampleRate >= LOWEST_MPEG1_RATE ? OBJECT_TYPE.mpeg1Audio : OBJECT_TYPE.mpeg2Audio,
        undefined,
      );
    case "Opus":
      return writeOpus(writer, configuration);
    case "FLAC":
      writer.openFull("dfLa", 0, 0).raw(flacBlocks(configuration)).close();
      return;
    case "AC-3":
      return writeAc3(writer, ac3Frame(frame)!);
    case "E-AC-3":
      return writeEac3(writer, eac3Sample(frame)!);
  }
}

/** ISO/IEC 14496-14 §5.6 and 14496-1 §7.2.6: an ES_Descriptor with a decoder's configuration and the usual SLConfig. */
function writeDescriptor(writer: BoxWriter, objectType: number, specific: Uint8Array | undefined): void {
  const specificBytes = specific === undefined ? 0 : DESCRIPTOR_HEADER_BYTES + specific.length;
  const decoderBytes = 13 + specificBytes;
  writer.openFull("esds", 0, 0);
  writeDescriptorHeader(
    writer,
    0x03,
    3 + DESCRIPTOR_HEADER_BYTES + decoderBytes + DESCRIPTOR_HEADER_BYTES + 1,
  );
  writer.u16(0).u8(0);
  writeDescriptorHeader(writer, 0x04, decoderBytes);
  // An audio stream, without a buffer size or bit rates.
  writer.u8(objectType).u8(0x15).zeroes(11);
  if (specific !== undefined) {
    writeDescriptorHeader(writer, 0x05, specific.length);
    writer.raw(specific);
  }
  writeDescriptorHeader(writer, 0x06, 1);
  writer.u8(2).close();
}

const DESCRIPTOR_HEADER_BYTES = 5;

/** The length in four bytes of seven bits, which every reader takes. */
function writeDescriptorHeader(writer: BoxWriter, tag: number, length: number): void {
  writer
    .u8(tag)
    .u8(0x80 | (length >>> 21))
    .u8(0x80 | ((length >>> 14) & 0x7f));
  writer.u8(0x80 | ((length >>> 7) & 0x7f)).u8(length & 0x7f);
}

/** The Opus head without its magic, version 0, with numbers in big-endian order (Opus in ISOBMFF §4.3.2). */
function writeOpus(writer: BoxWriter, head: Uint8Array): void {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  writer.open("dOps").u8(0).u8(head[9]!).u16(view.getUint16(10, true)).u32(view.getUint32(12, true));
  writer.u16(view.getUint16(16, true)).raw(head.subarray(18)).close();
}

/** ETSI TS 102 366 §F.4. */
function writeAc3(writer: BoxWriter, { fscod, bsid, bsmod, acmod, lfeon, frmsizecod }: Ac3Frame): void {
  const high = (fscod << 22) | (bsid << 17) | (bsmod << 14) | (acmod << 11) | (lfeon << 10);
  writer
    .open("dac3")
    .u24(high | ((frmsizecod >> 1) << 5))
    .close();
}

/** ETSI TS 102 366 §F.6, with one independent substream. */
function writeEac3(writer: BoxWriter, frame: Ac3Frame): void {
  const { fscod, bsid, bsmod, acmod, lfeon, dependent, bytes, sampleRate, samples } = frame;
  const kilobitsPerSecond = Math.round((bytes * 8 * sampleRate) / samples / 1000);
  writer.open("dec3").u16(Math.min(kilobitsPerSecond, 0x1fff) << 3);
  writer.u16((fscod << 14) | (bsid << 9) | (bsmod << 4) | (acmod << 1) | lfeon);
  if (dependent === 0) writer.u8(0);
  else writer.u16(dependent << 9);
  writer.close();
}
