import { ProtocolError } from "@headgate/bytes";
import { type Box, fieldsOf, findBox, readBoxes } from "./boxes.ts";
import type { AudioCodec, Codec, VideoCodec } from "./codecs.ts";
import { MAX_DESCRIPTIONS } from "./limits.ts";

/** How the samples of a track are coded. */
export interface SampleDescription {
  readonly codec: Codec;
  /** A decoder's configuration as RTMP carries it, without a header; empty for codecs that need none. */
  readonly configuration: Uint8Array;
  /** The whole box in `stsd`. */
  readonly sampleEntry: Uint8Array;
  /** In pixels; 0 for sound. */
  readonly width: number;
  readonly height: number;
  /** 0 for pictures. */
  readonly sampleRate: number;
  readonly channels: number;
}

/** Reads the body of `stsd` (ISO/IEC 14496-12 §8.5.2); undefined where the codec is not one that RTMP carries. */
export function readSampleEntries(
  stsd: Uint8Array,
  medium: "audio" | "video",
): readonly (SampleDescription | undefined)[] {
  if (stsd.length < 8) return [];
  const entries = readBoxes(stsd.subarray(8));
  if (entries.length > MAX_DESCRIPTIONS) {
    throw new ProtocolError("MP4_LIMIT_EXCEEDED", `${entries.length} sample descriptions`);
  }
  return entries.map((entry) => (medium === "video" ? readVideo(entry) : readAudio(entry)));
}

const VIDEO_ENTRIES: Readonly<Record<string, { readonly codec: VideoCodec; readonly box: string }>> = {
  avc1: { codec: "H.264", box: "avcC" },
  avc3: { codec: "H.264", box: "avcC" },
  hvc1: { codec: "HEVC", box: "hvcC" },
  hev1: { codec: "HEVC", box: "hvcC" },
  av01: { codec: "AV1", box: "av1C" },
  vp09: { codec: "VP9", box: "vpcC" },
};

const VIDEO_FIELDS_BYTES = 78;

function readVideo({ type, body, whole }: Box): SampleDescription | undefined {
  const entry = VIDEO_ENTRIES[type];
  if (entry === undefined) return undefined;
  const fields = fieldsOf(body);
  fields.take(24);
  const width = fields.u16();
  const height = fields.u16();
  const boxes = readBoxes(body.subarray(VIDEO_FIELDS_BYTES));
  const configuration = findBox(boxes, entry.box);
  if (configuration === undefined) return undefined;
  return { codec: entry.codec, configuration, sampleEntry: whole, width, height, sampleRate: 0, channels: 0 };
}

const AUDIO_FIELDS_BYTES = 28;
/** What QuickTime's versions 1 and 2 of the sound description have more. */
const QUICKTIME_BYTES: Readonly<Record<number, number>> = { 1: 16, 2: 36 };

function readAudio({ type, body, whole }: Box): SampleDescription | undefined {
  const fields = fieldsOf(body);
  fields.take(8);
  const version = fields.u16();
  fields.take(6);
  const channels = fields.u16();
  fields.take(6);
  const sampleRate = fields.u16();
  const boxes = readBoxes(body.subarray(AUDIO_FIELDS_BYTES + (QUICKTIME_BYTES[version] ?? 0)));
  const coding = audioCoding(type, boxes);
  return coding && { ...coding, sampleEntry: whole, width: 0, height: 0, sampleRate, channels };
}

interface AudioCoding {
  readonly codec: AudioCodec;
  readonly configuration: Uint8Array;
}

function audioCoding(type: string, boxes: readonly Box[]): AudioCoding | undefined {
  switch (type) {
    case "mp4a":
      return mpeg4Coding(boxes);
    case "Opus":
      return withConfiguration("Opus", opusHead(findBox(boxes, "dOps")));
    case "fLaC":
      return withConfiguration("FLAC", flacHead(findBox(boxes, "dfLa")));
    case ".mp3":
      return { codec: "MP3", configuration: NOTHING };
    case "ac-3":
      return { codec: "AC-3", configuration: NOTHING };
    case "ec-3":
      return { codec: "E-AC-3", configuration: NOTHING };
    default:
      return undefined;
  }
}

const NOTHING = new Uint8Array(0);

function withConfiguration(
  codec: AudioCodec,
  configuration: Uint8Array | undefined,
): AudioCoding | undefined {
  return configuration && { codec, configuration };
}

/** QuickTime puts `esds` into `wave`. */
function mpeg4Coding(boxes: readonly Box[]): AudioCoding | undefined {
  const wave = findBox(boxes, "wave");
  const esds = findBox(boxes, "esds") ?? (wave && findBox(readBoxes(wave), "esds"));
  const decoder = esds && findDescriptor(esds.subarray(4), DESCRIPTOR.stream, DESCRIPTOR.decoder);
  if (decoder === undefined || decoder.length === 0) return undefined;
  const objectType = decoder[0]!;
  if (MP3_OBJECT_TYPES.has(objectType)) return { codec: "MP3", configuration: NOTHING };
  const specific = findDescriptor(decoder.subarray(DECODER_FIELDS_BYTES), DESCRIPTOR.specific);
  if (!AAC_OBJECT_TYPES.has(objectType) || specific === undefined) return undefined;
  return { codec: "AAC", configuration: specific };
}

const DESCRIPTOR = { stream: 3, decoder: 4, specific: 5 } as const;
const DECODER_FIELDS_BYTES = 13;
/** ISO/IEC 14496-1 table 5: MPEG-4 and the profiles of MPEG-2. */
const AAC_OBJECT_TYPES: ReadonlySet<number> = new Set([0x40, 0x66, 0x67, 0x68]);
const MP3_OBJECT_TYPES: ReadonlySet<number> = new Set([0x69, 0x6b]);

/** Descriptors of a list, each a tag, a length in groups of seven bits and a body (ISO/IEC 14496-1 §8.3.3). */
function findDescriptor(
  bytes: Uint8Array,
  tag: number,
  ...within: readonly number[]
): Uint8Array | undefined {
  let at = 0;
  while (at + 2 <= bytes.length) {
    const found = bytes[at]!;
    let length = 0;
    let last = 0x80;
    for (at += 1; at < bytes.length && (last & 0x80) !== 0; at += 1) {
      last = bytes[at]!;
      length = (length * 128 + (last & 0x7f)) % 2 ** 28;
    }
    const body = bytes.subarray(at, at + length);
    const [next, ...rest] = within;
    if (found === tag) return next === undefined ? body : findDescriptor(streamBody(body), next, ...rest);
    at += length;
  }
  return undefined;
}

/** Behind the fields of an ES_Descriptor, of which three are optional (§7.2.6.5). */
function streamBody(stream: Uint8Array): Uint8Array {
  const flags = stream[2] ?? 0;
  let at = 3;
  if ((flags & 0x80) !== 0) at += 2;
  if ((flags & 0x40) !== 0) at += 1 + (stream[at] ?? 0);
  if ((flags & 0x20) !== 0) at += 2;
  return stream.subarray(at);
}

const OPUS_FIELDS_BYTES = 11;

/** RFC 7845 §5.1 from `dOps`: the magic, version 1, and numbers in little-endian order. */
function opusHead(dops: Uint8Array | undefined): Uint8Array | undefined {
  if (dops === undefined || dops.length < OPUS_FIELDS_BYTES) return undefined;
  const from = new DataView(dops.buffer, dops.byteOffset, dops.byteLength);
  const head = new Uint8Array(8 + dops.length);
  const to = new DataView(head.buffer);
  head.set(OPUS_MAGIC);
  head[8] = 1;
  head[9] = dops[1]!;
  to.setUint16(10, from.getUint16(2), true);
  to.setUint32(12, from.getUint32(4), true);
  to.setUint16(16, from.getUint16(8), true);
  head.set(dops.subarray(10), 18);
  return head;
}

const OPUS_MAGIC = new TextEncoder().encode("OpusHead");
const FLAC_MAGIC = new TextEncoder().encode("fLaC");

/** The blocks of metadata with the magic in front (RFC 9639 §8). */
function flacHead(dfla: Uint8Array | undefined): Uint8Array | undefined {
  if (dfla === undefined || dfla.length <= 4) return undefined;
  const head = new Uint8Array(dfla.length);
  head.set(FLAC_MAGIC);
  head.set(dfla.subarray(4), FLAC_MAGIC.length);
  return head;
}
