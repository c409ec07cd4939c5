import type { AmfObject } from "@headgate/amf";
import type { Stream } from "@headgate/bus";
import { audioFacts, parseAudioHeader, parseVideoHeader, videoFacts } from "@headgate/flv";
import { metadataOf } from "@headgate/gateway";
import { type Message, MessageType } from "@headgate/message";
import type { AudioReply, VideoReply } from "./stream-reply.ts";

/** SRS and its console call some codecs by other names. */
const SRS_NAMES: Readonly<Record<string, string>> = { "H.264": "H264" };

/** What a stream is made of, read from its headers when somebody asks. */
export function mediaOf(stream: Stream, fps: number): { video: VideoReply | null; audio: AudioReply | null } {
  const { headers } = stream;
  const metadata = metadataOf(stream);
  return { video: videoOf(stream, headers, metadata, fps), audio: audioOf(stream, headers, metadata) };
}

function videoOf(
  stream: Stream,
  headers: readonly Message[],
  metadata: AmfObject,
  fps: number,
): VideoReply | null {
  const codec = stream.codecOf("video");
  if (codec === undefined) return null;
  const { profile, level, size = stream.keyframeSize } = videoFactsIn(headers);
  return {
    codec: SRS_NAMES[codec] ?? codec,
    profile: profile ?? null,
    level: level ?? null,
    width: size?.width ?? numberIn(metadata, "width"),
    height: size?.height ?? numberIn(metadata, "height"),
    fps: Math.round(fps * 10) / 10,
  };
}

function audioOf(stream: Stream, headers: readonly Message[], metadata: AmfObject): AudioReply | null {
  const codec = stream.codecOf("audio");
  if (codec === undefined) return null;
  const { profile, sampleRate, channels } = audioFactsIn(headers);
  return {
    codec: SRS_NAMES[codec] ?? codec,
    sample_rate: sampleRate ?? numberIn(metadata, "audiosamplerate"),
    channel: channels ?? (metadata.stereo === undefined ? null : metadata.stereo === true ? 2 : 1),
    profile: profile ?? null,
  };
}

function videoFactsIn(headers: readonly Message[]): Partial<ReturnType<typeof videoFacts>> {
  for (const { type, payload } of headers) {
    if (type !== MessageType.video) continue;
    const { kind, enhanced, tracks } = parseVideoHeader(payload);
    if (kind === "sequenceStart" && tracks[0]) return videoFacts(tracks[0], enhanced, payload);
  }
  return {};
}

function audioFactsIn(headers: readonly Message[]): Partial<ReturnType<typeof audioFacts>> {
  for (const { type, payload } of headers) {
    if (type !== MessageType.audio) continue;
    const { kind, enhanced, tracks } = parseAudioHeader(payload);
    if (kind === "sequenceStart" && tracks[0]) return audioFacts(tracks[0], enhanced, payload);
  }
  return {};
}

function numberIn(metadata: AmfObject, key: string): number | null {
  const value = metadata[key];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
