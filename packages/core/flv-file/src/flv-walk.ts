import {
  FLV_TAG_TYPE,
  PREVIOUS_TAG_SIZE_BYTES,
  parseAudioHeader,
  parseVideoHeader,
  TAG_HEADER_BYTES,
} from "@headgate/flv";
import { FileClock } from "./file-clock.ts";
import type { FlvPlace } from "./flv-listing.ts";
import type { Wanted } from "./flv-opening.ts";
import { MAX_SKIPPED_TAGS } from "./limits.ts";
import { tagAt } from "./tag-at.ts";

/** A message of the file. */
export interface WalkedTag {
  readonly type: number;
  readonly timestamp: number;
  /** When it is due: never less than before. Milliseconds. */
  readonly timeMs: number;
  /** Of the payload. */
  readonly position: number;
  readonly length: number;
}

/** What is read of a tag to know what it is. Bytes. */
const LOOK_BYTES = 64;

const TYPES: ReadonlySet<number> = new Set(Object.values(FLV_TAG_TYPE));

/**
 * Goes from message to message through an FLV file, from a place on that is known: nothing is held of the file. The caller reads what it
 * wants, and calls take().
 */
export class FlvWalk {
  readonly #fileBytes: number;
  readonly #clock = new FileClock();
  #at: number;
  #dueMs: number;
  #skipped = 0;

  constructor(place: FlvPlace, fileBytes: number) {
    this.#fileBytes = fileBytes;
    this.#at = place.position;
    this.#dueMs = place.timeMs;
    this.#clock.restart(place.timeMs);
  }

  /** Where the next tag begins; undefined at the end. */
  get wants(): Wanted | undefined {
    const left = this.#fileBytes - this.#at;
    if (left < TAG_HEADER_BYTES || this.#skipped > MAX_SKIPPED_TAGS) return undefined;
    return { position: this.#at, length: Math.min(TAG_HEADER_BYTES + LOOK_BYTES, left) };
  }

  /** What is there; undefined if it is nothing that is played, or the end. */
  take(bytes: Uint8Array): WalkedTag | undefined {
    const tag = tagAt(bytes);
    const position = this.#at + TAG_HEADER_BYTES;
    const end = position + (tag?.length ?? 0) + PREVIOUS_TAG_SIZE_BYTES;
    this.#skipped += 1;
    if (!tag || end > this.#fileBytes) {
      this.#at = this.#fileBytes;
      return undefined;
    }
    this.#at = end;
    if (!TYPES.has(tag.type)) return undefined;
    this.#skipped = 0;
    const look = bytes.subarray(TAG_HEADER_BYTES, TAG_HEADER_BYTES + tag.length);
    const timestamp = this.#timeOf(tag.type, tag.timestamp, look);
    this.#dueMs = Math.max(this.#dueMs, timestamp);
    return { type: tag.type, timestamp, timeMs: this.#dueMs, position, length: tag.length };
  }

  #timeOf(type: number, timestamp: number, look: Uint8Array): number {
    if (type === FLV_TAG_TYPE.video && parseVideoHeader(look).kind === "frames")
      return this.#clock.frame("video", timestamp);
    if (type === FLV_TAG_TYPE.audio && parseAudioHeader(look).kind === "frames")
      return this.#clock.frame("audio", timestamp);
    return this.#clock.other(timestamp);
  }
}
