import type { MessageSource } from "@headgate/bus";
import { type Message, MessageType } from "@headgate/message";

const AVC = "0142c00bffe100186742c00bd90141fb011000000300100000030140f142a48001000568cb83cb20";
const AAC = "1190";

/** Milliseconds. */
export const PICTURE_MS = 40;

export type SoundCodec = "aac" | "mp3";

export interface Streamed {
  readonly hasVideo?: boolean;
  readonly codec?: SoundCodec;
  /** Of each frame, besides its number. */
  readonly frameBytes?: number;
}

/** When a frame of sound comes. */
export function soundMs(codec: SoundCodec, number: number): number {
  return (number * 1000 * (codec === "aac" ? 1024 : 1152)) / (codec === "aac" ? 48_000 : 44_100);
}

/** The first frame of sound at or after a time. */
export function firstSound(codec: SoundCodec, ms: number): number {
  return Math.ceil(ms / soundMs(codec, 1));
}

/** Pictures 25 times a second with a keyframe each second, and sound, each with its number of the whole stream at its end. */
export function streamed(
  from: number,
  to: number,
  { hasVideo = true, codec = "aac", frameBytes = 0 }: Streamed = {},
): Message[] {
  const frame = (head: string, number: number): Uint8Array => {
    const bytes = Buffer.alloc(head.length / 2 + frameBytes + 4, number);
    bytes.write(head, "hex");
    bytes.writeUInt32BE(number, bytes.length - 4);
    return bytes;
  };
  const headers = [
    ...(hasVideo ? [message(MessageType.video, 0, Buffer.from(`1700000000${AVC}`, "hex"))] : []),
    ...(codec === "aac" ? [message(MessageType.audio, 0, Buffer.from(`af00${AAC}`, "hex"))] : []),
  ];
  const frames: Message[] = [];
  for (let number = from; hasVideo && number < to; number += 1) {
    const head = number % 25 === 0 ? "17010000000000000865000000" : "27010000000000000841000000";
    frames.push(message(MessageType.video, PICTURE_MS * (number - from), frame(head, number)));
  }
  for (
    let number = firstSound(codec, PICTURE_MS * from);
    soundMs(codec, number) < PICTURE_MS * to;
    number += 1
  ) {
    const timestamp = Math.round(soundMs(codec, number) - PICTURE_MS * from);
    frames.push(
      message(MessageType.audio, timestamp, frame(codec === "aac" ? "af01" : "2ffffb9064", number)),
    );
  }
  frames.sort((one, other) => one.timestamp - other.timestamp || other.type - one.type);
  return [...headers, ...frames];
}

/** All that a source gives until it ends. */
export async function messagesOf(source: MessageSource): Promise<Message[]> {
  const all: Message[] = [];
  for (;;) {
    const ready = new Promise<void>((resolve) => {
      source.onReady = resolve;
    });
    const next = source.next();
    if (next === "later" || (next === undefined && source.isGrowing)) await ready;
    else if (next === undefined) return all;
    else all.push({ ...next, payload: next.payload.slice() });
  }
}

/**
 * Of the frames of a medium, whose other bytes must be as they were. FLV files have the configuration of decoders among them, which
 * has no number.
 */
export function numbersOf(messages: readonly Message[], type: number, frameBytes = 0): number[] {
  return messages
    .filter((each) => each.type === type && each.payload[1] !== 0)
    .map(({ payload }) => {
      const end = payload.length - 4;
      const number = Buffer.from(payload).readUInt32BE(end);
      const isIntact = payload.subarray(end - frameBytes, end).every((byte) => byte === (number & 0xff));
      if (!isIntact) throw new Error(`frame ${number} is damaged`);
      return number;
    });
}

function message(type: number, timestamp: number, payload: Uint8Array): Message {
  return { type, timestamp, messageStreamId: 1, payload };
}
