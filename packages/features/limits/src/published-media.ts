import type { Stream } from "@headgate/bus";
import { type PictureSize, parseAudioHeader, parseVideoHeader, type Track, videoFacts } from "@headgate/flv";
import { metadataOf } from "@headgate/gateway";
import { type Message, MessageType } from "@headgate/message";

/** All codecs of a medium that the publisher sends or has configured; Enhanced RTMP can have several tracks. */
export function codecsOf(stream: Stream, medium: "audio" | "video"): ReadonlySet<string> {
  const codec = stream.codecOf(medium);
  const configured = stream.headers.flatMap((header) => tracksIn(header, medium));
  return new Set([...(codec === undefined ? [] : [codec]), ...configured.map((track) => track.codec)]);
}

/** The sizes of its pictures: as its metadata says, as its decoder configurations do, and as its newest keyframe does. */
export function sizesOf(stream: Stream): readonly PictureSize[] {
  const { width, height } = metadataOf(stream);
  const said = typeof width === "number" && typeof height === "number" ? [{ width, height }] : [];
  const configured = stream.headers.flatMap((header) => sizeIn(header) ?? []);
  return [...said, ...configured, ...(stream.keyframeSize ? [stream.keyframeSize] : [])];
}

function tracksIn({ type, payload }: Message, medium: "audio" | "video"): readonly Track[] {
  if (type !== MessageType[medium]) return [];
  return medium === "audio" ? parseAudioHeader(payload).tracks : parseVideoHeader(payload).tracks;
}

function sizeIn({ type, payload }: Message): PictureSize | undefined {
  if (type !== MessageType.video) return undefined;
  const { kind, enhanced, tracks } = parseVideoHeader(payload);
  return kind === "sequenceStart" && tracks[0] ? videoFacts(tracks[0], enhanced, payload).size : undefined;
}
