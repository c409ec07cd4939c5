import type { Stream } from "@headgate/bus";
import { Audience, type Flushable } from "./audience.ts";

/** Into how many goes the viewers are divided over a window: few, because much of a small one is getting going. */
const GOES_PER_WINDOW = 4;

/** After so long in one go, publishers, tunnels and the API come first. Milliseconds. */
const MAX_HOLD_MS = 4;

/** How many viewers are written to between two looks at the clock; one takes some twenty microseconds. */
const FLUSHES_PER_LOOK = 8;

/**
 * Carries what streams have got to those who watch them. With no window, all that arrives in one turn of the event loop is
 * written at its end; otherwise it is merged for as long as the window, and the viewers are spread over it. Either way it
 * is one write per viewer, however many messages that spans.
 */
export class FanOut {
  readonly #windowMs: () => number;
  readonly #audiences = new Map<Stream, Audience>();
  /** Audiences with somebody who is due. */
  readonly #active = new Set<Audience>();
  readonly #woken = new Set<Flushable>();
  /** Who has been written to in this go. */
  readonly #flushed = new Set<Flushable>();
  #isImmediate = false;
  #timer: NodeJS.Timeout | undefined;
  #longestHoldMs = 0;
  readonly #onImmediate = (): void => {
    this.#isImmediate = false;
    this.#run();
  };
  readonly #onTimer = (): void => {
    this.#timer = undefined;
    this.#run();
  };

  /** `windowMs` tells how long messages are to be merged just now. */
  constructor(windowMs: () => number) {
    this.#windowMs = windowMs;
  }

  watch(stream: Stream, viewer: Flushable): void {
    const audience = this.#audiences.get(stream) ?? new Audience();
    this.#audiences.set(stream, audience);
    audience.add(viewer);
    this.wake(viewer);
  }

  unwatch(stream: Stream, viewer: Flushable): void {
    const audience = this.#audiences.get(stream);
    audience?.delete(viewer);
    if (audience?.size === 0) this.#audiences.delete(stream);
  }

  /** The stream has something new for everybody. */
  changed(stream: Stream): void {
    const audience = this.#audiences.get(stream);
    if (!audience) return;
    audience.changed();
    this.#active.add(audience);
    if (this.#timer === undefined) this.#runSoon();
  }

  /** This one has something to write, for a reason of its own. */
  wake(viewer: Flushable): void {
    this.#woken.add(viewer);
    this.#runSoon();
  }

  /** The longest that the event loop has been held since this was asked last. Milliseconds. */
  takeLongestHoldMs(): number {
    const longest = this.#longestHoldMs;
    this.#longestHoldMs = 0;
    return longest;
  }

  #runSoon(): void {
    if (this.#isImmediate) return;
    this.#isImmediate = true;
    setImmediate(this.#onImmediate);
  }

  #run(): void {
    const startMs = performance.now();
    const isDone = this.#flushWoken(startMs) && this.#flushAudiences(startMs);
    this.#flushed.clear();
    this.#longestHoldMs = Math.max(this.#longestHoldMs, performance.now() - startMs);
    if (!isDone || this.#woken.size > 0) this.#runSoon();
    else if (this.#active.size > 0)
      this.#timer ??= setTimeout(this.#onTimer, this.#windowMs() / GOES_PER_WINDOW);
  }

  /** Those who are there now; who is woken meanwhile has the next turn. Returns whether all have been written to. */
  #flushWoken(startMs: number): boolean {
    let left = this.#woken.size;
    for (const viewer of this.#woken) {
      if (left === 0) break;
      left -= 1;
      this.#woken.delete(viewer);
      this.#flush(viewer);
      if (this.#isTimeUp(startMs)) return left === 0;
    }
    return true;
  }

  /** Returns whether it is done with all for whom it is time. */
  #flushAudiences(startMs: number): boolean {
    const windowMs = this.#windowMs();
    let left = this.#active.size;
    for (const audience of this.#active) {
      if (left === 0) break;
      left -= 1;
      audience.advance(startMs, windowMs);
      const isDone = this.#flushOwed(audience, startMs);
      // To the end: the others come first in the next go.
      this.#active.delete(audience);
      if (audience.isDue) this.#active.add(audience);
      if (!isDone) return false;
    }
    return true;
  }

  #flushOwed(audience: Audience, startMs: number): boolean {
    for (let viewer = audience.take(); viewer; viewer = audience.take()) {
      this.#flush(viewer);
      if (this.#isTimeUp(startMs)) return false;
    }
    return true;
  }

  /** Once in a go: who watches thirty streams is not flushed thirty times. */
  #flush(viewer: Flushable): void {
    if (this.#flushed.has(viewer)) return;
    this.#flushed.add(viewer);
    viewer.flush();
  }

  #isTimeUp(startMs: number): boolean {
    return this.#flushed.size % FLUSHES_PER_LOOK === 0 && performance.now() - startMs >= MAX_HOLD_MS;
  }
}
