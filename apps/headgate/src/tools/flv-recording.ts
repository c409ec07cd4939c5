import { encodeFlvTag, FLV_TAG_TYPE, type FlvTag, writeFlvHeader } from "@headgate/flv";

/** How long to wait for the second of audio and video before assuming that the stream has only one. */
const WAIT_MS = 1_000;

/** Messages held back meanwhile; a stream has about a hundred per second. */
const MAX_WAITING = 2_000;

/**
 * Makes an FLV file of the messages of a stream. Timestamps begin at 0. The first messages are held back a little, so that the
 * file's header says correctly whether it has audio and video.
 */
export class FlvRecording {
  readonly #write: (bytes: Uint8Array) => void;
  #waiting: FlvTag[] | undefined = [];
  #waitingSinceMs: number | undefined;
  #startTimestamp: number | undefined;
  /** The newest message's time since the beginning. Milliseconds. */
  durationMs = 0;

  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
  }

  /** A message as received; timestamps may wrap around 2^32. */
  append({ type, timestamp, payload }: FlvTag, nowMs: number): void {
    const tag = { type, payload, timestamp: this.#timeOf(type, timestamp) };
    if (!this.#waiting) return this.#write(encodeFlvTag(tag));
    this.#waitingSinceMs ??= nowMs;
    this.#waiting.push({ ...tag, payload: new Uint8Array(payload) });
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    const isLong = nowMs - this.#waitingSinceMs >= WAIT_MS || this.#waiting.length >= MAX_WAITING;
    if (isLong || (this.#has(FLV_TAG_TYPE.audio) && this.#has(FLV_TAG_TYPE.video))) this.finish();
  }

  /** Writes the messages held back, if there is media among them. */
  finish(): void {
    const waiting = this.#waiting;
    const header = { hasAudio: this.#has(FLV_TAG_TYPE.audio), hasVideo: this.#has(FLV_TAG_TYPE.video) };
    if (!waiting || !(header.hasAudio || header.hasVideo)) return;
    this.#waiting = undefined;
    this.#write(writeFlvHeader(header));
    for (const tag of waiting) this.#write(encodeFlvTag(tag));
  }

  /** Metadata has no time of its own, and neither have messages before the beginning. */
  #timeOf(type: number, timestamp: number): number {
    if (type === FLV_TAG_TYPE.script) return this.durationMs;
    this.#startTimestamp ??= timestamp;
    const time = Math.max(0, (timestamp - this.#startTimestamp) | 0);
    this.durationMs = Math.max(this.durationMs, time);
    return time;
  }

  #has(type: number): boolean {
    return this.#waiting?.some((tag) => tag.type === type) ?? false;
  }
}
