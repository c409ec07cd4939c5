import {
  type AudioHeader,
  audioTrackData,
  configuredTracks,
  parseAudioHeader,
  parseVideoHeader,
  readObu,
  type TrackData,
  type VideoHeader,
  videoTrackData,
} from "@headgate/flv";
import { type Message, MessageType } from "@headgate/message";
import { isAudioCodec, isVideoCodec } from "./codecs.ts";

/** What a message has for a track of a file. */
export interface MediaPacket {
  readonly medium: "audio" | "video";
  /** `configuration`: what a decoder begins with; `frame`. */
  readonly kind: "configuration" | "frame";
  readonly codec: string;
  readonly isKeyframe: boolean;
  readonly compositionTimeMs: number;
  /** A view of the payload. */
  readonly data: Uint8Array;
  /** Of other tracks, of which a file takes none. */
  readonly otherTracks: readonly TrackData[];
}

/** Undefined if the message has nothing for a file: data, silence, hints to players, ends of sequences, empty configurations. */
export function readMediaPacket({ type, payload }: Message): MediaPacket | undefined {
  if (type === MessageType.video) {
    const header = parseVideoHeader(payload);
    return isUseful("video", header, payload)
      ? packetOf("video", header, payload, videoTrackData(header, payload), header.isKeyframe)
      : undefined;
  }
  if (type !== MessageType.audio) return undefined;
  const header = parseAudioHeader(payload);
  return isUseful("audio", header, payload)
    ? packetOf("audio", header, payload, audioTrackData(header, payload), true)
    : undefined;
}

/**
 * The codec of an audio or video message that MP4 does not hold, at least not in files that are commonly played; undefined if
 * it holds it, and of messages that are neither.
 */
export function unsupportedCodec(message: Message): string | undefined {
  const { type, payload } = message;
  if (type !== MessageType.video && type !== MessageType.audio) return undefined;
  const { tracks } = type === MessageType.video ? parseVideoHeader(payload) : parseAudioHeader(payload);
  const codec = tracks.find(({ trackId }) => trackId === DEFAULT_TRACK)?.codec;
  return codec === undefined || isVideoCodec(codec) || isAudioCodec(codec) ? undefined : codec;
}

const DEFAULT_TRACK = 0;
const NO_TRACKS: readonly TrackData[] = Object.freeze([]);

function isUseful(
  medium: "audio" | "video",
  header: AudioHeader | VideoHeader,
  payload: Uint8Array,
): boolean {
  if (header.kind === "frames") return true;
  return header.kind === "sequenceStart" && configuredTracks(medium, header, payload).length > 0;
}

function packetOf(
  medium: "audio" | "video",
  header: AudioHeader | VideoHeader,
  payload: Uint8Array,
  all: readonly TrackData[],
  isKeyframe: boolean,
): MediaPacket {
  const isSole = all.length === 1 && all[0]!.trackId === DEFAULT_TRACK;
  const track = isSole ? all[0] : all.find(({ trackId }) => trackId === DEFAULT_TRACK);
  const { codec } = track ?? header.tracks[0]!;
  const kind = header.kind === "frames" ? "frame" : "configuration";
  const data = payload.subarray(track?.from ?? payload.length, track?.to ?? payload.length);
  return {
    medium,
    kind,
    codec,
    isKeyframe,
    compositionTimeMs: track?.compositionTimeMs ?? 0,
    data: codec === "AV1" && kind === "frame" ? withoutDelimiter(data) : data,
    otherTracks: isSole ? NO_TRACKS : all.filter((other) => other !== track),
  };
}

const OBU_TEMPORAL_DELIMITER = 2;

/** Samples begin behind it (AV1 in ISOBMFF §2.4). */
function withoutDelimiter(data: Uint8Array): Uint8Array {
  const first = readObu(data, 0);
  return first?.type === OBU_TEMPORAL_DELIMITER ? data.subarray(first.to) : data;
}
