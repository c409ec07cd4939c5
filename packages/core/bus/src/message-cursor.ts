import { Cursor } from "./cursor.ts";
import type { Entry, EntryFilter } from "./segment.ts";
import type { Stream, StreamReader } from "./stream.ts";

const EVERYTHING: EntryFilter = { audio: true, video: true };

/**
 * Reads a stream in messages, for the few readers that cannot use a viewer's bytes, such as pushes. It begins as a viewer does:
 * headers first, then from the newest keyframe on. If the log drops what it would read next, that is counted, and it skips to
 * the newest keyframe.
 */
export class MessageCursor implements StreamReader {
  readonly stream: Stream;
  lagCount = 0;
  readonly #cursor: Cursor;

  constructor(stream: Stream, nowMs: number) {
    this.stream = stream;
    const { keyframeWaitMs } = stream.options;
    this.#cursor = new Cursor(stream.log(), EVERYTHING, { keyframeWaitMs });
    this.#rejoin(nowMs);
    stream.viewers.add(this);
  }

  /** The next message; undefined if there is none yet. */
  next(nowMs: number): Entry | undefined {
    if (this.#cursor.lagged) {
      this.lagCount += 1;
      this.stream.lagCount += 1;
      this.#rejoin(nowMs);
    }
    return this.#cursor.next(nowMs);
  }

  leave(): void {
    this.stream.viewers.delete(this);
    this.#cursor.leave();
  }

  #rejoin(nowMs: number): void {
    this.#cursor.rejoin(nowMs - this.stream.options.gopCacheMs);
  }
}
