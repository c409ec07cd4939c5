import { av1PictureSize } from "./av1-picture-size.ts";
import type { PictureSize } from "./picture-size.ts";
import { videoTrackData } from "./track-data.ts";
import type { VideoHeader } from "./video-header.ts";
import { vp9PictureSize } from "./vp9-picture-size.ts";

const READERS: Readonly<Record<string, (frame: Uint8Array) => PictureSize | undefined>> = {
  AV1: av1PictureSize,
  VP9: vp9PictureSize,
};

/**
 * The size that a keyframe says itself, in a message of several tracks that of the lowest: of codecs whose configuration does not
 * say, or need not. Never throws.
 */
export function keyframeSize(header: VideoHeader, payload: Uint8Array): PictureSize | undefined {
  if (!header.tracks.some(({ codec }) => READERS[codec])) return undefined;
  const [first, ...rest] = videoTrackData(header, payload);
  if (first === undefined) return undefined;
  const { codec, from, to } = rest.reduce((low, each) => (each.trackId < low.trackId ? each : low), first);
  return READERS[codec]?.(payload.subarray(from, to));
}
