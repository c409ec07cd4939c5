/** The codecs that MP4 and RTMP both carry, by their names in `@headgate/flv`. */
export type VideoCodec = "H.264" | "HEVC" | "AV1" | "VP9";
export type AudioCodec = "AAC" | "MP3" | "Opus" | "FLAC" | "AC-3" | "E-AC-3";
export type Codec = VideoCodec | AudioCodec;

const VIDEO: ReadonlySet<string> = new Set<VideoCodec>(["H.264", "HEVC", "AV1", "VP9"]);
const AUDIO: ReadonlySet<string> = new Set<AudioCodec>(["AAC", "MP3", "Opus", "FLAC", "AC-3", "E-AC-3"]);

export function isVideoCodec(codec: string): codec is VideoCodec {
  return VIDEO.has(codec);
}

export function isAudioCodec(codec: string): codec is AudioCodec {
  return AUDIO.has(codec);
}

/** Whether each frame says everything a decoder must know, so that no sequence start comes before. */
export function isSelfDescribing(codec: string): boolean {
  return codec === "MP3" || codec === "AC-3" || codec === "E-AC-3";
}
