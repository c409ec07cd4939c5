import { ChunkDecoder, ChunkEncoder, RtmpFraming } from "@headgate/chunk";
import { encodeFlvTag } from "@headgate/flv";
import { type Message, MessageType, setChunkSize } from "@headgate/message";
import { type ApplicationOptions, DEFAULT_APPLICATION_OPTIONS } from "./application-options.ts";
import { Applications } from "./applications.ts";
import type { Framing } from "./framing.ts";
import { LogBudget } from "./log-budget.ts";
import { Stream } from "./stream.ts";
import { StreamKey } from "./stream-key.ts";

/** The key of `live/cam`. */
export const CAM: StreamKey = keyOf("live", "cam");

export function keyOf(application: string, name: string): StreamKey {
  return StreamKey.of({ application, name }, new Applications(new Map([["*", {}]]))) as StreamKey;
}

/** Smaller than some messages below, so that entries of several chunks come up. */
export const CHUNK_SIZE = 1000;

export const RTMP: Framing = new RtmpFraming(CHUNK_SIZE);

const TAG_HEADER_BYTES = 11;
const PREVIOUS_TAG_SIZE_BYTES = 4;

/** Tags as browsers get them: no chunks, and no NetStream (FLV 10.1 §E.4.1). */
export const FLV: Framing = {
  entryLength: ({ payload }) => TAG_HEADER_BYTES + payload.length + PREVIOUS_TAG_SIZE_BYTES,
  write(target, at, message) {
    const tag = encodeFlvTag(message);
    target.set(tag, at);
    return at + tag.length;
  },
  read(entry) {
    const view = new DataView(entry.buffer, entry.byteOffset);
    return {
      type: view.getUint8(0),
      timestamp: ((view.getUint32(4) >>> 8) | (view.getUint8(7) << 24)) >>> 0,
      messageStreamId: 0,
      payload: entry.subarray(TAG_HEADER_BYTES, -PREVIOUS_TAG_SIZE_BYTES),
    };
  },
};

/** The first bytes of messages as encoders send them (FLV 10.1 §E.4, Enhanced RTMP v2 "Enhanced Video"). */
const Head = {
  keyframe: [0x17, 1, 0, 0, 0],
  interFrame: [0x27, 1, 0, 0, 0],
  videoConfig: [0x17, 0, 0, 0, 0],
  audioFrame: [0xaf, 1],
  audioConfig: [0xaf, 0],
} as const;

/** What a test calls a message: printable text at the end of its payload, and how long the payload is to be. */
export interface Marked {
  readonly mark?: string;
  readonly length?: number;
}

export function keyframe(timestamp: number, marked: Marked = {}): Message {
  return message(MessageType.video, timestamp, Head.keyframe, { mark: "key", ...marked });
}

export function interFrame(timestamp: number, marked: Marked = {}): Message {
  return message(MessageType.video, timestamp, Head.interFrame, { mark: "inter", ...marked });
}

export function videoConfig(mark = "avcC", timestamp = 0): Message {
  return message(MessageType.video, timestamp, Head.videoConfig, { mark });
}

export function audioFrame(timestamp: number, marked: Marked = {}): Message {
  return message(MessageType.audio, timestamp, Head.audioFrame, { mark: "aac", ...marked });
}

export function audioConfig(mark = "asc", timestamp = 0): Message {
  return message(MessageType.audio, timestamp, Head.audioConfig, { mark });
}

export function data(mark: string, timestamp = 0): Message {
  return message(MessageType.dataAmf0, timestamp, [], { mark });
}

/** An Enhanced RTMP message for one H.264 track or several, as OBS sends the tracks beside the first. */
export function multitrack(
  kind: "sequenceStart" | "keyframe" | "interFrame",
  timestamp: number,
  { trackIds, mark = kind, length = 0 }: Marked & { readonly trackIds: readonly number[] },
): Message {
  const frameType = kind === "interFrame" ? 2 : 1;
  const packetType = kind === "sequenceStart" ? 0 : 1;
  const first = 0x86 | (frameType << 4);
  const fourCc = [...new TextEncoder().encode("avc1")];
  if (trackIds.length === 1) {
    return message(MessageType.video, timestamp, [first, packetType, ...fourCc, ...trackIds], {
      mark,
      length,
    });
  }
  const body = new TextEncoder().encode(`\0${mark}`);
  const tracks = trackIds.flatMap((trackId) => [trackId, 0, 0, body.length, ...body]);
  const payload = Uint8Array.of(first, 0x10 | packetType, ...fourCc, ...tracks);
  return { type: MessageType.video, timestamp, messageStreamId: 1, payload };
}

/** A message with a header of the test's own. */
export function message(
  type: number,
  timestamp: number,
  head: readonly number[],
  { mark = "", length = 0 }: Marked = {},
): Message {
  const tail = new TextEncoder().encode(`\0${mark}`);
  const payload = new Uint8Array(Math.max(length, head.length + tail.length));
  payload.set(head);
  payload.set(tail, payload.length - tail.length);
  return { type, timestamp, messageStreamId: 1, payload };
}

const TYPE_NAMES: Record<number, string> = {
  [MessageType.audio]: "audio",
  [MessageType.video]: "video",
  [MessageType.dataAmf0]: "data",
};

/** `video 1000 key`, and the message stream id behind it unless that is the usual one. */
export function readable({ type, timestamp, messageStreamId, payload }: Message): string {
  const mark = /[ -~]*$/.exec(Array.from(payload, (byte) => String.fromCharCode(byte)).join(""))?.[0];
  const netStream = messageStreamId === 1 ? "" : ` on ${messageStreamId}`;
  return `${TYPE_NAMES[type] ?? type} ${timestamp} ${mark}${netStream}`;
}

/** The messages in bytes that a viewer has been given, read as a player reads them that has been told the chunk size. */
export function decode(pieces: readonly Uint8Array[], chunkSize: number = CHUNK_SIZE): Message[] {
  const decoder = new ChunkDecoder();
  const messages: Message[] = [];
  for (const piece of [new ChunkEncoder().encode(setChunkSize(chunkSize), 2), ...pieces]) {
    decoder.push(piece);
    for (let next = decoder.next(); next; next = decoder.next()) messages.push(next);
  }
  return messages;
}

export function decodeReadable(...pieces: readonly Uint8Array[]): string[] {
  return decode(pieces).map(readable);
}

/** Without a resume window. */
export function makeStream(options: Partial<ApplicationOptions> = {}): Stream {
  const all = { ...DEFAULT_APPLICATION_OPTIONS, resumeWindowMs: 0, ...options };
  return new Stream(CAM, all, RTMP, new LogBudget(1024 * 1024 * 1024));
}
