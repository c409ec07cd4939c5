import { encodeFlvTag, FLV_TAG_TYPE, type FlvTag, writeFlvHeader } from "@headgate/flv";

/** How long it waits for the second of sound and picture before it takes a stream to have only one. */
const WAIT_MS = 1_000;

/** Messages kept while it waits; a stream has a hundred in a second. */
const MAX_WAITING = 2_000;

/**
 * Makes an FLV file of the messages of a stream: its times begin at 0, and its header says truly what is in it, for which
 * the first messages are held back a little.
 */
export class FlvRecording {
  readonly #write: (bytes: Uint8Array) => void;
  #waiting: FlvTag[] | undefined = [];
  #waitingSinceMs: number | undefined;
  #startTimestamp: number | undefined;
  /** Of the newest message, from the beginning. Milliseconds. */
  durationMs = 0;

  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
  }

  /** A message as it came; times may wrap around 2^32. */
  append({ type, timestamp, payload }: FlvTag, nowMs: number): void {
    const tag = { type, payload, timestamp: this.#timeOf(type, timestamp) };
    if (!this.#waiting) return this.#write(encodeFlvTag(tag));
    this.#waitingSinceMs ??= nowMs;
    this.#waiting.push(tag);
    const isLong = nowMs - this.#waitingSinceMs >= WAIT_MS || this.#waiting.length >= MAX_WAITING;
    if (isLong || (this.#has(FLV_TAG_TYPE.audio) && this.#has(FLV_TAG_TYPE.video))) this.finish();
  }

  /** Writes what has been held back, if anything came at all. */
  finish(): void {
    const waiting = this.#waiting;
    if (!waiting || waiting.length === 0) return;
    const header = { hasAudio: this.#has(FLV_TAG_TYPE.audio), hasVideo: this.#has(FLV_TAG_TYPE.video) };
    this.#waiting = undefined;
    this.#write(writeFlvHeader(header));
    for (const tag of waiting) this.#write(encodeFlvTag(tag));
  }

  /** Metadata has no time of its own, and what is before the beginning has none either. */
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
