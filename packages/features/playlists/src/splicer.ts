import { DEFAULT_FRAME_MS } from "./limits.ts";

export type Medium = "audio" | "video";

/** How far a track has come in the time of the playlist. Milliseconds. */
class Track {
  #newestMs: number | undefined;
  #frameMs: number = DEFAULT_FRAME_MS;
  /** Whether the distance of its frames is known of this item. */
  #isMeasured = false;
  #isOfItem = false;

  begin(): void {
    this.#isMeasured = false;
    this.#isOfItem = false;
  }

  frame(atMs: number): void {
    const stepMs = atMs - (this.#newestMs ?? atMs);
    if (this.#isOfItem && stepMs > 0) {
      this.#frameMs = this.#isMeasured ? Math.min(this.#frameMs, stepMs) : stepMs;
      this.#isMeasured = true;
    }
    this.#isOfItem = true;
    this.#newestMs = Math.max(this.#newestMs ?? atMs, atMs);
  }

  /** The distance of its frames. */
  get frameMs(): number {
    return this.#frameMs;
  }

  /** A frame after the newest one. */
  get endMs(): number {
    return this.#newestMs === undefined ? 0 : this.#newestMs + this.#frameMs;
  }
}

/**
 * The time of a playlist, in which one item begins where the last one has ended: a frame after the newest of its tracks. Its sound and
 * pictures keep their distance within an item. Milliseconds, from 0 and without an end.
 */
export class Splicer {
  readonly #audio = new Track();
  readonly #video = new Track();
  #beginMs = 0;
  /** When the last picture is shown, which may be later than it is decoded. */
  #shownMs = Number.NEGATIVE_INFINITY;
  /** Added to the timestamps of the item; undefined until its first message. */
  #shiftMs: number | undefined;
  /** Of the item's newest message, in its own time, counted on over 32 bits. */
  #sourceMs = 0;

  /** Where the item begins. */
  get beginMs(): number {
    return this.#beginMs;
  }

  /** Where it ends so far, and the next one would begin. */
  get endMs(): number {
    return Math.max(this.#beginMs, this.#audio.endMs, this.#video.endMs);
  }

  /** The newest message of the item. */
  get newestMs(): number {
    return this.#shiftMs === undefined ? this.#beginMs : this.#sourceMs + this.#shiftMs;
  }

  /** Another item begins. */
  begin(): void {
    this.#beginMs = this.endMs;
    this.#shiftMs = undefined;
    this.#audio.begin();
    this.#video.begin();
  }

  /**
   * Its first picture is shown so long after it is decoded. It is not to be shown before the last one of the item before, of which the
   * end may have been cut off. To be called before {@link at}.
   */
  showFirst(compositionMs: number): void {
    const shownEndMs = this.#shownMs + this.#video.frameMs;
    this.#beginMs = Math.max(this.#beginMs, shownEndMs - compositionMs);
  }

  /** The place of a message of the item, whose timestamps are modulo 2^32. The first one that is asked for is at its beginning. */
  at(timestamp: number): number {
    if (this.#shiftMs === undefined) {
      this.#sourceMs = timestamp;
      this.#shiftMs = this.#beginMs - timestamp;
    }
    return this.#sourceMs + ((timestamp - this.#sourceMs) | 0) + this.#shiftMs;
  }

  /** The frame at this place is sent; a picture is shown later than it is decoded by its composition time. */
  frame(medium: Medium, atMs: number, compositionMs = 0): void {
    if (medium === "video") this.#shownMs = Math.max(this.#shownMs, atMs + compositionMs);
    this.#sourceMs = atMs - (this.#shiftMs ?? 0);
    (medium === "audio" ? this.#audio : this.#video).frame(atMs);
  }
}
