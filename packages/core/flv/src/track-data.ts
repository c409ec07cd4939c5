import { AUDIO_MULTITRACK, type AudioHeader } from "./audio-header.ts";
import { SOUND_FORMAT } from "./codecs.ts";
import { lowBits, packetTypeOffset, readBodies } from "./enhanced-header.ts";
import { hasNalUnits } from "./picture-data.ts";
import type { Track } from "./track.ts";
import { VIDEO_MULTITRACK, type VideoHeader } from "./video-header.ts";

/** Where in a message the data of a track are: a decoder's configuration or a frame, without any header. */
export interface TrackData extends Track {
  readonly from: number;
  readonly to: number;
  /** How much later than it is decoded a frame is shown. 0 for sound. */
  readonly compositionTimeMs: number;
}

/** By its header, the data of the tracks of a video message of kind `sequenceStart` or `frames`; none of legacy codecs before H.264. */
export function videoTrackData({ enhanced, tracks }: VideoHeader, payload: Uint8Array): readonly TrackData[] {
  const [track] = tracks;
  if (track === undefined) return NO_DATA;
  if (enhanced) return enhancedData(payload, VIDEO_MULTITRACK);
  if (!hasAvcLayout(track.codec) || payload.length < AVC_HEADER_BYTES) return NO_DATA;
  return [trackData(track, AVC_HEADER_BYTES, payload.length, i24At(payload, 2))];
}

/** Likewise for audio. */
export function audioTrackData({ enhanced, tracks }: AudioHeader, payload: Uint8Array): readonly TrackData[] {
  const [track] = tracks;
  if (track === undefined) return NO_DATA;
  if (enhanced) return enhancedData(payload, AUDIO_MULTITRACK);
  const from = payload[0]! >> 4 === SOUND_FORMAT.aac ? 2 : 1;
  return payload.length < from ? NO_DATA : [trackData(track, from, payload.length, 0)];
}

const NO_DATA: readonly TrackData[] = Object.freeze([]);
/** Codec, packet type and composition time (FLV 10.1 §E.4.3.1). */
const AVC_HEADER_BYTES = 5;
const COMPOSITION_TIME_BYTES = 3;
const CODED_FRAMES = 1;

function hasAvcLayout(codec: string): boolean {
  return hasNalUnits(codec) || codec === "AV1";
}

function enhancedData(payload: Uint8Array, multitrack: number): readonly TrackData[] {
  const bodies = readBodies(payload, multitrack) ?? [];
  const isVideo = multitrack === VIDEO_MULTITRACK;
  const hasCompositionTime = isVideo && packetType(payload, multitrack) === CODED_FRAMES;
  const data: TrackData[] = [];
  for (const body of bodies) {
    const { from, to } = body;
    if (!hasCompositionTime || !hasNalUnits(body.codec)) data.push(trackData(body, from, to, 0));
    else if (from + COMPOSITION_TIME_BYTES <= to) {
      data.push(trackData(body, from + COMPOSITION_TIME_BYTES, to, i24At(payload, from)));
    }
  }
  return data;
}

/** That of the tracks, if there are several. */
function packetType(payload: Uint8Array, multitrack: number): number {
  const at = packetTypeOffset(payload) ?? 0;
  const type = lowBits(payload, at);
  return type === multitrack ? lowBits(payload, at + 1) : type;
}

function trackData(
  { trackId, codec }: Track,
  from: number,
  to: number,
  compositionTimeMs: number,
): TrackData {
  return { trackId, codec, from, to, compositionTimeMs };
}

function i24At(payload: Uint8Array, at: number): number {
  return ((payload[at]! << 24) | (payload[at + 1]! << 16) | (payload[at + 2]! << 8)) >> 8;
}
