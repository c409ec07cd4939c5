import { soleTrack, type Track } from "./track.ts";

/** Codec ids of the four low bits of a legacy video header (FLV 10.1 §E.4.3.1). */
export const VIDEO_CODEC_ID = { avc: 7, hevc: 12, av1: 13 } as const;

/** Sound formats of the four high bits of an audio header (FLV 10.1 §E.4.2.1); exHeader is Enhanced RTMP's. */
export const SOUND_FORMAT = { exHeader: 9, aac: 10 } as const;

/** The tracks of a legacy video message: track 0 with this codec. */
export function legacyVideoTracks(codecId: number): readonly Track[] {
  return LEGACY_VIDEO[codecId]!;
}

/** The tracks of a legacy audio message: track 0 with this codec. */
export function legacyAudioTracks(soundFormat: number): readonly Track[] {
  return LEGACY_AUDIO[soundFormat]!;
}

/** The tracks of an enhanced message without multitrack: track 0 with this codec. */
export function fourCcTracks(fourCc: number): readonly Track[] {
  return FOURCC_TRACKS.get(fourCc) ?? soleTrack(codecName(fourCc));
}

/** The name of a codec from its FourCC, read as a big-endian number. */
export function codecName(fourCc: number): string {
  return FOURCC_NAMES.get(fourCc) ?? unknownFourCc(fourCc);
}

/** Ids 12 and 13 are no Adobe codecs: HEVC and AV1 in AVC's layout, as CDNs and cameras sent them before Enhanced RTMP. */
const LEGACY_VIDEO_NAMES: Readonly<Record<number, string>> = {
  1: "JPEG",
  2: "Sorenson H.263",
  3: "Screen Video",
  4: "VP6",
  5: "VP6 with alpha",
  6: "Screen Video 2",
  [VIDEO_CODEC_ID.avc]: "H.264",
  [VIDEO_CODEC_ID.hevc]: "HEVC",
  [VIDEO_CODEC_ID.av1]: "AV1",
};

const LEGACY_AUDIO_NAMES: Readonly<Record<number, string>> = {
  0: "PCM",
  1: "ADPCM",
  2: "MP3",
  3: "PCM",
  4: "Nellymoser",
  5: "Nellymoser",
  6: "Nellymoser",
  7: "G.711 A-law",
  8: "G.711 mu-law",
  [SOUND_FORMAT.aac]: "AAC",
  11: "Speex",
  14: "MP3",
  15: "device-specific",
};

const FOURCC_NAMES: ReadonlyMap<number, string> = new Map([
  [fourCc("vp08"), "VP8"],
  [fourCc("vp09"), "VP9"],
  [fourCc("av01"), "AV1"],
  [fourCc("avc1"), "H.264"],
  [fourCc("hvc1"), "HEVC"],
  [fourCc("vvc1"), "VVC"],
  [fourCc("ac-3"), "AC-3"],
  [fourCc("ec-3"), "E-AC-3"],
  [fourCc("Opus"), "Opus"],
  [fourCc(".mp3"), "MP3"],
  [fourCc("fLaC"), "FLAC"],
  [fourCc("mp4a"), "AAC"],
]);

const LEGACY_VIDEO = sixteenTracks(LEGACY_VIDEO_NAMES, "video codec");
const LEGACY_AUDIO = sixteenTracks(LEGACY_AUDIO_NAMES, "sound format");
const FOURCC_TRACKS = new Map([...FOURCC_NAMES].map(([code, name]) => [code, soleTrack(name)]));

function sixteenTracks(
  names: Readonly<Record<number, string>>,
  otherwise: string,
): readonly (readonly Track[])[] {
  return Array.from({ length: 16 }, (_, id) => soleTrack(names[id] ?? `${otherwise} ${id}`));
}

function fourCc(text: string): number {
  return Array.from(text).reduce((code, letter) => code * 256 + letter.charCodeAt(0), 0);
}

/** Its four letters, or hex digits where they are not printable: a peer must not be able to forge log lines. */
function unknownFourCc(code: number): string {
  const letters = [code >>> 24, (code >>> 16) & 0xff, (code >>> 8) & 0xff, code & 0xff];
  if (letters.every((letter) => letter >= 0x20 && letter < 0x7f)) return String.fromCharCode(...letters);
  return `0x${code.toString(16).padStart(8, "0")}`;
}
