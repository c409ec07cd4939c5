import type { Framing } from "@headgate/bus";
import { FLV_TAG_TYPE, PREVIOUS_TAG_SIZE_BYTES, TAG_HEADER_BYTES, writeFlvTag } from "@headgate/flv";
import type { Message } from "@headgate/message";
import { headerLength, writeHeader } from "./frame-header.ts";

/** What of a stream is wanted. */
export type Media = "all" | "audio" | "video";

/** What a tag has besides its payload. */
const AROUND_BYTES = TAG_HEADER_BYTES + PREVIOUS_TAG_SIZE_BYTES;

const LEFT_OUT: Readonly<Record<Media, number | undefined>> = {
  all: undefined,
  audio: FLV_TAG_TYPE.video,
  video: FLV_TAG_TYPE.audio,
};

/**
 * Frames the messages of a stream as FLV tags, once for all of its viewers. For WebSockets each tag is one message of them, so that
 * what viewers share needs nothing added.
 */
export class FlvFraming implements Framing {
  readonly #leftOut: number | undefined;
  readonly #isForWebSockets: boolean;

  constructor(media: Media, carrier: "http" | "websocket") {
    this.#leftOut = LEFT_OUT[media];
    this.#isForWebSockets = carrier === "websocket";
  }

  entryLength({ type, payload }: Message): number {
    if (type === this.#leftOut) return 0;
    const length = AROUND_BYTES + payload.length;
    return this.#isForWebSockets ? headerLength(length) + length : length;
  }

  write(target: Uint8Array, at: number, message: Message): number {
    const { type, payload } = message;
    if (type === this.#leftOut) return at;
    const tag = this.#isForWebSockets ? writeHeader(target, at, AROUND_BYTES + payload.length) : at;
    return writeFlvTag(target, tag, message);
  }

  /** Of an entry that is not empty. */
  read(entry: Uint8Array): Message {
    const payloadEnd = entry.length - PREVIOUS_TAG_SIZE_BYTES;
    const tagLength = (entry[payloadEnd]! << 24) | readU24(entry, payloadEnd + 1);
    const tag = entry.subarray(payloadEnd - tagLength, payloadEnd);
    return {
      type: tag[0]!,
      timestamp: (readU24(tag, 4) | (tag[7]! << 24)) >>> 0,
      messageStreamId: 0,
      payload: tag.subarray(TAG_HEADER_BYTES),
    };
  }
}

function readU24(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}
