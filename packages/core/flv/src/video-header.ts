import { legacyVideoTracks, VIDEO_CODEC_ID } from "./codecs.ts";
import {
  lowBits,
  packetTypeOffset,
  readMultitrack,
  readMultitrackBodies,
  readSoleTrack,
} from "./enhanced-header.ts";
import { hasNalUnits, isKeyPicture } from "./picture-data.ts";
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
  /**
   * A coded key frame, where a viewer can start; a sequence start is not one. It is one if the frame type or the picture data
   * says so, in a message of several tracks that of the lowest.
   */
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

/** The packet type of a message for several tracks. */
export const VIDEO_MULTITRACK = 6;

type VideoKind = VideoHeader["kind"];

const EX_HEADER = 0x80;
const FRAME_TYPE = { key: 1, generated: 4, command: 5 } as const;
const PACKET_TYPE = { codedFrames: 1, metadata: 4, multitrack: VIDEO_MULTITRACK } as const;

/** The data of AVC's layout follow codec, packet type and composition time. */
const AVC_DATA_AT = 5;
const COMPOSITION_TIME_BYTES = 3;
const FOURCC_BYTES = 4;

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
  const tracks = legacyVideoTracks(codecId);
  if (!hasAvcLayout(codecId)) return videoHeader(false, frameType, "frames", tracks);
  const kind = AVC_KINDS[payload[1] ?? -1] ?? "unknown";
  const isKey =
    isUnmarked(frameType, kind) && isKeyPicture(tracks[0]!.codec, payload, AVC_DATA_AT, payload.length);
  return videoHeader(false, frameType, kind, tracks, isKey);
}

/** The other codecs have no packet type byte: each of their messages is a frame. */
function hasAvcLayout(codecId: number): boolean {
  return codecId === VIDEO_CODEC_ID.avc || codecId === VIDEO_CODEC_ID.hevc || codecId === VIDEO_CODEC_ID.av1;
}

function parseEnhanced(payload: Uint8Array, frameType: number): VideoHeader {
  const at = packetTypeOffset(payload);
  if (at === undefined) return videoHeader(true, frameType, "unknown", NO_TRACKS);
  const packetType = lowBits(payload, at);
  if (frameType === FRAME_TYPE.command && packetType !== PACKET_TYPE.metadata) {
    return videoHeader(true, frameType, "command", NO_TRACKS);
  }
  if (packetType === PACKET_TYPE.multitrack) return parseMultitrack(payload, frameType, at + 1);
  const tracks = readSoleTrack(payload, at + 1);
  if (tracks === undefined) return videoHeader(true, frameType, "unknown", NO_TRACKS);
  const kind = ENHANCED_KINDS[packetType] ?? "unknown";
  const from = at + 1 + FOURCC_BYTES;
  const isKey =
    isUnmarked(frameType, kind) && isKeyBody(tracks[0]!.codec, packetType, payload, from, payload.length);
  return videoHeader(true, frameType, kind, tracks, isKey);
}

/** `at` is the byte with the multitrack type and the packet type. */
function parseMultitrack(payload: Uint8Array, frameType: number, at: number): VideoHeader {
  const packetType = lowBits(payload, at);
  const tracks = readMultitrack(payload, at);
  if (tracks === undefined) return videoHeader(true, frameType, "unknown", NO_TRACKS);
  const kind = ENHANCED_KINDS[packetType] ?? "unknown";
  const isKey = isUnmarked(frameType, kind) && isLowestTrackKey(payload, packetType, at);
  return videoHeader(true, frameType, kind, tracks, isKey);
}

function isLowestTrackKey(payload: Uint8Array, packetType: number, at: number): boolean {
  const bodies = readMultitrackBodies(payload, at) ?? [];
  if (bodies.length === 0) return false;
  const lowest = bodies.reduce((low, body) => (body.trackId < low.trackId ? body : low));
  return isKeyBody(lowest.codec, packetType, payload, lowest.from, lowest.to);
}

function isKeyBody(codec: string, packetType: number, payload: Uint8Array, at: number, to: number): boolean {
  const hasCompositionTime = packetType === PACKET_TYPE.codedFrames && hasNalUnits(codec);
  return isKeyPicture(codec, payload, hasCompositionTime ? at + COMPOSITION_TIME_BYTES : at, to);
}

/** Whether only the picture data can say that it is a key frame. A generated one is for servers and not coded as one. */
function isUnmarked(frameType: number, kind: VideoKind): boolean {
  return kind === "frames" && frameType !== FRAME_TYPE.key && frameType !== FRAME_TYPE.generated;
}

function videoHeader(
  enhanced: boolean,
  frameType: number,
  kind: VideoKind,
  tracks: readonly Track[],
  isKeyPicture: boolean = false,
): VideoHeader {
  const isKeyframe = kind === "frames" && (frameType === FRAME_TYPE.key || isKeyPicture);
  return { enhanced, frameType, kind, isKeyframe, tracks };
}
