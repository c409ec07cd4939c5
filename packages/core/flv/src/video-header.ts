import { legacyVideoTracks, VIDEO_CODEC_ID } from "./codecs.ts";
import { lowBits, packetTypeOffset, readMultitrack, readSoleTrack } from "./enhanced-header.ts";
import { NO_TRACKS, type Track } from "./track.ts";

/** What a cache must know about a video message body (FLV 10.1 §E.4.3, Enhanced RTMP v2 "Enhanced Video"). */
export interface VideoHeader {
  /** The extended header of Enhanced RTMP, with a FourCC for a codec. */
  readonly enhanced: boolean;
  /** 1 key frame, 2 inter frame, 3 disposable, 4 generated key frame, 5 command. Means nothing for `metadata`. */
  readonly frameType: number;
  /**
   * `sequenceStart`: a decoder's configuration; `metadata`: colour information; a late joiner needs both. `command`: a
   * hint to the player without a picture. `unknown`: reserved, malformed or empty: to be forwarded, not to be cached.
   */
  readonly kind: "sequenceStart" | "frames" | "sequenceEnd" | "metadata" | "command" | "unknown";
  /** A coded key frame, where a viewer can start; a sequence start is not one. */
  readonly isKeyframe: boolean;
  /** The tracks the message is for, all of the same kind; none if it is for no track or is malformed. */
  readonly tracks: readonly Track[];
}

/**
 * Reads the header of a video message or FLV video tag. Never throws: a body this server does not understand may make
 * sense to the player, and is no reason to end a publisher's connection.
 */
export function parseVideoHeader(payload: Uint8Array): VideoHeader {
  const first = payload[0];
  if (first === undefined) return videoHeader(false, 0, "unknown", NO_TRACKS);
  const frameType = (first >> 4) & 0x07;
  return first & EX_HEADER ? parseEnhanced(payload, frameType) : parseLegacy(payload, frameType);
}

type VideoKind = VideoHeader["kind"];

const EX_HEADER = 0x80;
const FRAME_TYPE = { key: 1, command: 5 } as const;
const PACKET_TYPE = { metadata: 4, multitrack: 6 } as const;

/** By VideoPacketType: SequenceStart, CodedFrames, SequenceEnd, CodedFramesX, Metadata, MPEG2TSSequenceStart. */
const ENHANCED_KINDS: readonly VideoKind[] = [
  "sequenceStart",
  "frames",
  "sequenceEnd",
  "frames",
  "metadata",
  "sequenceStart",
];

/** By AVCPacketType, the second byte. */
const AVC_KINDS: readonly VideoKind[] = ["sequenceStart", "frames", "sequenceEnd"];

function parseLegacy(payload: Uint8Array, frameType: number): VideoHeader {
  if (frameType === FRAME_TYPE.command) return videoHeader(false, frameType, "command", NO_TRACKS);
  const codecId = lowBits(payload, 0);
  const kind = hasAvcLayout(codecId) ? (AVC_KINDS[payload[1] ?? -1] ?? "unknown") : "frames";
  return videoHeader(false, frameType, kind, legacyVideoTracks(codecId));
}

/** The other codecs have no packet type byte: each of their messages is a frame. */
function hasAvcLayout(codecId: number): boolean {
  return codecId === VIDEO_CODEC_ID.avc || codecId === VIDEO_CODEC_ID.hevc || codecId === VIDEO_CODEC_ID.av1;
}

function parseEnhanced(payload: Uint8Array, frameType: number): VideoHeader {
  let at = packetTypeOffset(payload);
  if (at === undefined) return videoHeader(true, frameType, "unknown", NO_TRACKS);
  const packetType = lowBits(payload, at);
  if (frameType === FRAME_TYPE.command && packetType !== PACKET_TYPE.metadata) {
    return videoHeader(true, frameType, "command", NO_TRACKS);
  }
  at += 1;
  if (packetType !== PACKET_TYPE.multitrack) {
    return enhancedHeader(frameType, packetType, readSoleTrack(payload, at));
  }
  return enhancedHeader(frameType, lowBits(payload, at), readMultitrack(payload, at));
}

function enhancedHeader(
  frameType: number,
  packetType: number,
  tracks: readonly Track[] | undefined,
): VideoHeader {
  if (tracks === undefined) return videoHeader(true, frameType, "unknown", NO_TRACKS);
  return videoHeader(true, frameType, ENHANCED_KINDS[packetType] ?? "unknown", tracks);
}

function videoHeader(
  enhanced: boolean,
  frameType: number,
  kind: VideoKind,
  tracks: readonly Track[],
): VideoHeader {
  return { enhanced, frameType, kind, isKeyframe: kind === "frames" && frameType === FRAME_TYPE.key, tracks };
}
