import { type Message, MessageType } from "@headgate/message";
import { hex, type Random } from "@headgate/testkit";
import type { AudioCodec, VideoCodec } from "./codecs.ts";
import type { FileOpening } from "./file-opening.ts";
import { Fmp4Writer } from "./fmp4-writer.ts";
import type { MessageIndex } from "./mp4-index.ts";
import { Mp4Opening } from "./mp4-opening.ts";

export const VIDEO_CODECS: readonly VideoCodec[] = ["H.264", "HEVC", "AV1", "VP9"];
export const AUDIO_CODECS: readonly AudioCodec[] = ["AAC", "MP3", "Opus", "FLAC", "AC-3", "E-AC-3"];

/** A decoder's configuration for each codec, in a whole sequence start. */
const VIDEO_HEADERS: Readonly<Record<VideoCodec, string>> = {
  "H.264": "17 00 000000 0142c00bffe100186742c00bd90141fb011000000300100000030140f142a48001000568cb83cb20",
  HEVC: "90 68766331 01 016000000090000000000000 3c f000fcfdf8f800000f 03",
  AV1: "90 61763031 81000c00",
  VP9: "90 76703039 01000000 000a82020202 0000",
};

/** The first bytes of frames; a stream's frames go on with noise. */
const KEYFRAMES: Readonly<Record<VideoCodec, readonly [key: string, inter: string]>> = {
  "H.264": ["00000028 65", "00000028 41"],
  HEVC: ["00000028 2601", "00000028 0201"],
  AV1: ["3228 10", "3228 30"],
  VP9: ["82 498342 0013f00b30", "86"],
};
const FRAME_HEADERS: Readonly<Record<VideoCodec, string>> = {
  "H.264": "7",
  HEVC: "68766331",
  AV1: "61763031",
  VP9: "76703039",
};
const FRAME_BYTES = 44;

interface AudioFacts {
  readonly header: string | undefined;
  /** The head of the message and of the frame. */
  readonly frame: string;
  readonly samples: number;
  readonly rate: number;
}

const AUDIO: Readonly<Record<AudioCodec, AudioFacts>> = {
  AAC: { header: "af 00 1190", frame: "af 01", samples: 1024, rate: 48_000 },
  MP3: { header: undefined, frame: "2f fffb9064", samples: 1152, rate: 44_100 },
  Opus: {
    header: "90 4f707573 4f70757348656164 01 02 3801 80bb0000 0000 00",
    frame: "91 4f707573 fc",
    samples: 960,
    rate: 48_000,
  },
  FLAC: {
    header: `90 664c6143 664c6143 80000022 10001000 000000 000000 0bb802f0 00000000 ${"00".repeat(16)}`,
    frame: "91 664c6143 fff8ca18 00",
    samples: 4096,
    rate: 48_000,
  },
  "AC-3": { header: undefined, frame: "91 61632d33 0b77 0000 1c 40 40", samples: 1536, rate: 48_000 },
  "E-AC-3": { header: undefined, frame: "91 65632d33 0b77 0014 34 80", samples: 1536, rate: 48_000 },
};

export interface StreamOptions {
  readonly video?: VideoCodec | undefined;
  readonly audio?: AudioCodec | undefined;
  readonly seconds: number;
  readonly firstTimestamp?: number;
  /** Between keyframes. */
  readonly keyframeEvery?: number;
}

/** A stream as RTMP carries it: headers, and 25 pictures a second with every frame of sound that belongs to them. */
export function streamOf(random: Random, options: StreamOptions): Message[] {
  const { video, audio, seconds, firstTimestamp = 0, keyframeEvery = 25 } = options;
  const headers: Message[] = [];
  if (video) headers.push(message(MessageType.video, firstTimestamp, hex(VIDEO_HEADERS[video])));
  if (audio && AUDIO[audio].header)
    headers.push(message(MessageType.audio, firstTimestamp, hex(AUDIO[audio].header)));
  const frames: Message[] = [];
  for (let at = 0; video && at < 25 * seconds; at += 1) {
    const payload = videoFrame(random, video, at % keyframeEvery === 0, random.pick([0, 0, 40, 80]));
    frames.push(message(MessageType.video, firstTimestamp + 40 * at, payload));
  }
  for (let at = 0; audio; at += 1) {
    const timeMs = Math.round((at * AUDIO[audio].samples * 1000) / AUDIO[audio].rate);
    if (timeMs >= 1000 * seconds) break;
    frames.push(message(MessageType.audio, firstTimestamp + timeMs, audioFrame(random, audio)));
  }
  const inOrder = frames.sort((a, b) => a.timestamp - b.timestamp || b.type - a.type);
  return [...headers, ...inOrder].map((each) => ({ ...each, timestamp: each.timestamp >>> 0 }));
}

export function videoHeader(codec: VideoCodec): Message {
  return message(MessageType.video, 0, hex(VIDEO_HEADERS[codec]));
}

export function audioHeader(codec: AudioCodec): Message {
  return message(MessageType.audio, 0, hex(AUDIO[codec].header ?? ""));
}

export function videoFrame(
  random: Random,
  codec: VideoCodec,
  isKeyframe: boolean,
  compositionMs = 0,
): Uint8Array {
  const type = isKeyframe ? 1 : 2;
  const time = compositionMs.toString(16).padStart(6, "0");
  const [key, inter] = KEYFRAMES[codec];
  const start = hex(isKeyframe ? key : inter);
  const noise = random.bytes(FRAME_BYTES - start.length);
  if (codec === "H.264") return joined([hex(`${type}7 01 ${time}`), start, noise]);
  const hasTime = codec === "HEVC" && compositionMs > 0;
  const packetType = codec === "HEVC" && !hasTime ? 3 : 1;
  const header = `${(0x80 | (type << 4) | packetType).toString(16)} ${FRAME_HEADERS[codec]} ${hasTime ? time : ""}`;
  return joined([hex(header), start, noise]);
}

export function audioFrame(random: Random, codec: AudioCodec): Uint8Array {
  return joined([hex(AUDIO[codec].frame), random.bytes(36)]);
}

export function message(type: number, timestamp: number, payload: Uint8Array): Message {
  return { type, timestamp, messageStreamId: 1, payload };
}

/** A file of these messages, finished or as it is before. */
export function fileOf(messages: readonly Message[], isFinished: boolean, startedMs = 0): Uint8Array {
  const writer = new Fmp4Writer({ startedMs });
  const pieces: Uint8Array[] = [];
  for (const each of messages) {
    writer.write(each);
    pieces.push(...writer.take());
  }
  if (!isFinished) return joined(pieces);
  const { tail, patch } = writer.finish();
  return patched(joined([...pieces, ...tail]), patch);
}

export function patched(
  file: Uint8Array,
  { position, bytes }: { readonly position: number; readonly bytes: Uint8Array },
): Uint8Array {
  const copy = file.slice();
  copy.set(bytes, position);
  return copy;
}

/** Lets an opening read a file, as often and as much as it wants. */
export function readAll<Index>(opening: FileOpening<Index>, file: Uint8Array, maxReads = 10_000): Index {
  for (let reads = 0; opening.wants; reads += 1) {
    if (reads === maxReads) throw new Error("reads without end");
    const { position, length } = opening.wants;
    // A copy: what was read is not the opening's to keep.
    const bytes = file.slice(position, position + length);
    opening.feed(bytes);
    bytes.fill(0xee);
  }
  return opening.index;
}

export function open(file: Uint8Array): MessageIndex {
  return readAll(new Mp4Opening(), file);
}

/** All messages of a file, without headers. */
export function messagesIn(file: Uint8Array, index: MessageIndex = open(file)): Message[] {
  return Array.from({ length: index.count }, (_, i) =>
    index.message(i, file.subarray(index.position(i), index.position(i) + index.length(i))),
  );
}

export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
