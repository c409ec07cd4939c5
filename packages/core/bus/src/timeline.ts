/** The least step from a publisher that has left to the next one: about a frame. Milliseconds. */
const MIN_STEP_MS = 40;

/**
 * Keeps a stream's timestamps running on across its publishers: the first one's are taken as they are, a later one's are
 * moved so that they continue where the stream stands.
 */
export class Timeline {
  #last: { timestamp: number; arrivedMs: number } | undefined;
  /** Added to the publisher's timestamps, modulo 2^32; undefined until a later publisher's first frame. */
  #offset: number | undefined = 0;

  /** A publisher begins. */
  begin(): void {
    this.#offset = this.#last ? undefined : 0;
  }

  /**
   * The stream's timestamp for a frame. The first frame of a publisher sets the offset: headers before it have a timestamp of
   * 0, which tells nothing about the publisher's clock.
   */
  frame(timestamp: number, nowMs: number): number {
    this.#offset ??= (this.#continuation(nowMs) - timestamp) >>> 0;
    const moved = (timestamp + this.#offset) >>> 0;
    this.#last = { timestamp: moved, arrivedMs: nowMs };
    return moved;
  }

  /** The stream's timestamp for a message that is not a frame. */
  header(timestamp: number, nowMs: number): number {
    return this.#offset === undefined ? this.#continuation(nowMs) : (timestamp + this.#offset) >>> 0;
  }

  #continuation(nowMs: number): number {
    const { timestamp, arrivedMs } = this.#last!;
    return (timestamp + Math.max(MIN_STEP_MS, Math.round(nowMs - arrivedMs))) >>> 0;
  }
}
