import { AUDIO_MULTITRACK, type AudioHeader } from "./audio-header.ts";
import { readBodies } from "./enhanced-header.ts";
import { NO_TRACKS, type Track } from "./track.ts";
import { VIDEO_MULTITRACK, type VideoHeader } from "./video-header.ts";

/**
 * The tracks of a sequence start whose decoders learn something from it. Encoders that stop or have not begun send empty
 * ones, or zeroes, with which no decoder can begin.
 */
export function configuredTracks(
  medium: "audio" | "video",
  { enhanced, tracks }: AudioHeader | VideoHeader,
  payload: Uint8Array,
): readonly Track[] {
  if (!enhanced)
    return saysSomething(payload, LEGACY_HEADER_BYTES[medium], payload.length) ? tracks : NO_TRACKS;
  const bodies = readBodies(payload, MULTITRACK[medium]) ?? [];
  return bodies.filter(({ from, to }) => saysSomething(payload, from, to));
}

/** Sound format and packet type; codec, packet type and composition time. */
const LEGACY_HEADER_BYTES = { audio: 2, video: 5 } as const;
const MULTITRACK = { audio: AUDIO_MULTITRACK, video: VIDEO_MULTITRACK } as const;

/** No configuration of any codec is all zeroes: each begins with a version, a profile, an object type or a name. */
function saysSomething(payload: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (payload[at] !== 0) return true;
  return false;
}
