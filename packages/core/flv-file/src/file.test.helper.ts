import { encodeFlvTag, FlvDecoder, type FlvTag, writeFlvHeader } from "@headgate/flv";
import { type Message, MessageType } from "@headgate/message";
import { hex, type Random } from "@headgate/testkit";
import type { FlvIndex } from "./flv-index.ts";
import { FlvOpening } from "./flv-opening.ts";
import type { FlvWriter } from "./flv-writer.ts";
import type { Patch } from "./metadata-room.ts";

/** Feeds an opening with a file, as a caller does that has one buffer for all it reads. */
export function feedFile<Opening extends Pick<FlvOpening, "wants" | "feed">>(
  opening: Opening,
  file: Uint8Array,
): Opening {
  let reads = 0;
  for (let wants = opening.wants; wants; wants = opening.wants) {
    const buffer = file.slice(wants.position, wants.position + wants.length);
    opening.feed(buffer);
    buffer.fill(0xee);
    reads += 1;
    if (reads > file.length + 2) throw new Error("the opening does not come to an end");
  }
  return opening;
}

export function opened(file: Uint8Array): FlvOpening {
  return feedFile(new FlvOpening(), file);
}

/** The file as it is on the disk after the writer has ended. */
export function finished(writer: FlvWriter, begun: Uint8Array = new Uint8Array(0)): Uint8Array {
  const { tail, patches } = writer.finish();
  return patched(joined([begun, ...tail]), patches);
}

export function patched(file: Uint8Array, patches: readonly Patch[]): Uint8Array {
  const copy = new Uint8Array(file);
  for (const { position, bytes } of patches) {
    if (position + bytes.length > file.length) throw new Error("a patch beyond the end of the file");
    copy.set(bytes, position);
  }
  return copy;
}

export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Compares long files in a moment, as `toEqual` does not. */
export function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/** A file of other programs. */
export function fileOf(tags: readonly FlvTag[]): Uint8Array {
  return joined([writeFlvHeader({ hasAudio: true, hasVideo: true }), ...tags.map(encodeFlvTag)]);
}

export function tagsOf(file: Uint8Array): FlvTag[] {
  const decoder = new FlvDecoder();
  decoder.push(file);
  const tags: FlvTag[] = [];
  for (let tag = decoder.next(); tag; tag = decoder.next()) tags.push(tag);
  return tags;
}

export function messagesOf(index: FlvIndex, file: Uint8Array): Message[] {
  return Array.from({ length: index.count }, (_, i) => {
    const position = index.position(i);
    return index.message(i, file.subarray(position, position + index.length(i)));
  });
}

export const AVC_HEADER: Uint8Array = hex("17 00 000000 01640028ffe1000467640028");
export const OTHER_AVC_HEADER: Uint8Array = hex("17 00 000000 014d0028ffe10004674d0028");
export const AAC_HEADER: Uint8Array = hex("af 00 1190");
const AVC_KEYFRAME = hex("17 01 000000 00000004 65010203");
const AVC_INTER = hex("27 01 000028 00000004 41010203");
const AAC_FRAME = hex("af 01 21100456");

export function video(timestamp: number, payload: Uint8Array): Message {
  return { type: MessageType.video, timestamp, messageStreamId: 1, payload };
}

export function audio(timestamp: number, payload: Uint8Array = AAC_FRAME): Message {
  return { type: MessageType.audio, timestamp, messageStreamId: 1, payload };
}

export function data(timestamp: number, payload: Uint8Array): Message {
  return { type: MessageType.dataAmf0, timestamp, messageStreamId: 1, payload };
}

export function keyframe(timestamp: number): Message {
  return video(timestamp, AVC_KEYFRAME);
}

export function inter(timestamp: number): Message {
  return video(timestamp, AVC_INTER);
}

/** Headers, and then 25 pictures a second with a keyframe each second, and sound between them. */
export function stream(seconds: number, startMs = 0): Message[] {
  const messages = [video(startMs, AVC_HEADER), audio(startMs, AAC_HEADER)];
  for (let frame = 0; frame < 25 * seconds; frame += 1) {
    const timestamp = startMs + frame * 40;
    messages.push(frame % 25 === 0 ? keyframe(timestamp) : inter(timestamp), audio(timestamp));
  }
  return messages;
}

export function soundOnly(seconds: number): Message[] {
  const frames = Array.from({ length: 50 * seconds }, (_, frame) => audio(frame * 20));
  return [audio(0, AAC_HEADER), ...frames];
}

/** Any messages that a publisher may send, in any codec, at timestamps that go on most of the time. */
export function randomStream(random: Random): Message[] {
  let timestamp = random.pick([0, random.u32(), 0xfffffff0]);
  return Array.from({ length: random.below(60) }, () => {
    timestamp = (timestamp + random.below(random.pick([2, 60, 2000]))) >>> 0;
    const payload = random.bytes(random.below(random.pick([1, 8, 400])));
    const type = random.pick([MessageType.audio, MessageType.video, MessageType.video, MessageType.dataAmf0]);
    const known = random.pick([AVC_HEADER, AAC_HEADER, AVC_KEYFRAME, AVC_INTER, AAC_FRAME, payload]);
    return { type, timestamp, messageStreamId: 1, payload: type === MessageType.dataAmf0 ? payload : known };
  });
}
