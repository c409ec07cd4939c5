import { FLV_TAG_TYPE, FlvDecoder, type FlvTag, parseAudioHeader, parseVideoHeader } from "@headgate/flv";

/** Repeats a clip as one stream whose timestamps never go back. The caller provides the clock. */
export class DemoLoop {
  readonly #clip: readonly FlvTag[];
  readonly #periodMs: number;
  /** The next tag, and when its round began. */
  #next = 0;
  #roundMs = 0;

  /** `periodMs` is how long the clip plays, a little more than its last timestamp. */
  constructor(clip: readonly FlvTag[], periodMs: number) {
    this.#clip = clip;
    this.#periodMs = periodMs;
  }

  /** When the next tag is to be sent, in milliseconds from the start of the stream. */
  get dueMs(): number {
    return this.#roundMs + this.#clip[this.#next]!.timestamp;
  }

  /** The next tag; its timestamp is when it was due. */
  take(): FlvTag {
    const tag = { ...this.#clip[this.#next]!, timestamp: this.dueMs >>> 0 };
    do this.#step();
    while (this.#roundMs > 0 && isHeader(this.#clip[this.#next]!));
    return tag;
  }

  #step(): void {
    this.#next += 1;
    if (this.#next < this.#clip.length) return;
    this.#next = 0;
    this.#roundMs += this.#periodMs;
  }
}

/** All tags of an FLV file. */
export function readClip(file: Uint8Array): readonly FlvTag[] {
  const decoder = new FlvDecoder();
  decoder.push(file);
  const tags: FlvTag[] = [];
  for (let tag = decoder.next(); tag !== undefined; tag = decoder.next()) tags.push(tag);
  return tags;
}

/** Metadata and decoder configurations are sent once: some players restart when they are repeated. */
export function isHeader({ type, payload }: FlvTag): boolean {
  if (type === FLV_TAG_TYPE.video) return parseVideoHeader(payload).kind !== "frames";
  if (type === FLV_TAG_TYPE.audio) return parseAudioHeader(payload).kind !== "frames";
  return true;
}
