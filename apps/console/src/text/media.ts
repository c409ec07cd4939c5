import type { Stream } from "../api/replies.ts";
import { UNKNOWN } from "./format.ts";

/** `H264 High 3.1 1280×720, AAC LC 48 kHz`. */
export function codecs({ video, audio }: Pick<Stream, "video" | "audio">): string {
  const texts = [video && videoText(video), audio && audioText(audio)].filter((text) => text !== null);
  return texts.length === 0 ? UNKNOWN : texts.join(", ");
}

/** `H264 1280×720 · AAC 48 kHz`. */
export function shortCodecs({ video, audio }: Pick<Stream, "video" | "audio">): string {
  const pictures = video && videoText({ ...video, profile: null, level: null });
  const sound = audio && audioText({ ...audio, profile: null, channel: null });
  return [pictures, sound].filter(Boolean).join(" · ") || UNKNOWN;
}

export function videoText({ codec, profile, level, width, height }: NonNullable<Stream["video"]>): string {
  const size = width && height ? `${width}×${height}` : null;
  return [codec, profile, level, size].filter(Boolean).join(" ");
}

export function audioText({ codec, profile, sample_rate, channel }: NonNullable<Stream["audio"]>): string {
  const rate = sample_rate ? `${sample_rate / 1_000} kHz` : null;
  const channels = channel === 1 ? "mono" : channel === 2 ? "stereo" : channel ? `${channel} channels` : null;
  return [codec, profile, rate, channels].filter(Boolean).join(" ");
}

export function viewersOf({ viewers }: Pick<Stream, "viewers">): number {
  return Object.values(viewers).reduce((sum, each) => sum + each, 0);
}
