import type { Stream } from "@headgate/bus";
import { type Faults, Guard } from "@headgate/transport";
import { Audience, type Flushable } from "./audience.ts";

/** After so long in one go, publishers, tunnels and the API come first. Milliseconds. */
const MAX_HOLD_MS = 4;

/** How many viewers are written to between two looks at the clock; one takes some ten microseconds. */
const FLUSHES_PER_LOOK = 4;

/** A timer is exact to a millisecond. */
const TIMER_STEP_MS = 1;

/**
 * Carries what streams have got to those who watch them, in rounds: one write per viewer, however many messages that spans.
 * With no window, all that arrives in one turn of the event loop makes a round at its end; otherwise rounds begin a window
 * apart, and what arrives meanwhile is merged.
 *
 * A round goes from viewer to viewer without a pause, for that costs a quarter less than the same writes spread over the
 * window, each group of them in a process gone cold; but it does so in goes of {@link MAX_HOLD_MS}, between which everybody
 * else has a turn.
 */
export class FanOut {
  readonly #windowMs: () => number;
  readonly #audiences = new Map<Stream, Audience>();
  /** Those whose stream has changed since their last round began. */
  readonly #changed = new Set<Audience>();
  /** Those of the round under way who have not all been called. */
  readonly #round = new Set<Audience>();
  readonly #woken = new Set<Flushable>();
  /** When the last round began. */
  #roundMs = Number.NEGATIVE_INFINITY;
  /** The number of this go, and how many have been flushed in it. */
  #go = 0;
  #flushes = 0;
  #isImmediate = false;
  #timer: NodeJS.Timeout | undefined;
  #longestHoldMs = 0;
  readonly #onImmediate: () => void;
  readonly #onTimer: () => void;

  /** `windowMs` tells how long messages are to be merged just now. */
  constructor(windowMs: () => number, faults: Faults) {
    this.#windowMs = windowMs;
    // What is left of a go is made up for in the next, which the next message brings.
    const guard = new Guard(faults, "task", () => {});
    this.#onImmediate = guard.entry(() => {
      this.#isImmediate = false;
      this.#run();
    });
    this.#onTimer = guard.entry(() => {
      this.#timer = undefined;
      this.#run();
    });
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
    this.#changed.add(audience);
    this.#awaitRound();
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

  /** Sees to it that the next round begins as soon as it may. */
  #awaitRound(): void {
    if (this.#timer !== undefined || this.#isImmediate) return;
    const leftMs = this.#roundMs + this.#windowMs() - performance.now();
    if (leftMs < TIMER_STEP_MS) this.#runSoon();
    else this.#timer = setTimeout(this.#onTimer, leftMs);
  }

  #runSoon(): void {
    if (this.#isImmediate) return;
    this.#isImmediate = true;
    setImmediate(this.#onImmediate);
  }

  #run(): void {
    const startMs = performance.now();
    this.#go += 1;
    this.#flushes = 0;
    // First of all: what changes in a flush is for the next round, since who has been flushed before it is left out now.
    if (this.#round.size === 0) this.#beginRound(startMs);
    const isRound = this.#round.size > 0;
    const areWokenDone = this.#flushWoken(startMs + (isRound ? MAX_HOLD_MS / 2 : MAX_HOLD_MS));
    const isDone = this.#flushRound(startMs + MAX_HOLD_MS) && areWokenDone;
    this.#longestHoldMs = Math.max(this.#longestHoldMs, performance.now() - startMs);
    if (!isDone || this.#woken.size > 0) this.#runSoon();
    else if (this.#changed.size > 0) this.#awaitRound();
  }

  /**
   * Those who are there now; who is woken meanwhile has the next turn. Returns whether all have been written to. They have
   * half of a go at most while there is a round, for they may be so many, and so eager, that they would never leave any.
   */
  #flushWoken(untilMs: number): boolean {
    let left = this.#woken.size;
    for (const viewer of this.#woken) {
      if (left === 0) break;
      left -= 1;
      this.#woken.delete(viewer);
      this.#flush(viewer);
      if (this.#isTimeUp(untilMs)) return left === 0;
    }
    return true;
  }

  /** Goes on with the round. Returns whether there is none left under way. */
  #flushRound(untilMs: number): boolean {
    for (const audience of this.#round) {
      for (let viewer = audience.take(); viewer; viewer = audience.take()) {
        this.#flush(viewer);
        if (this.#isTimeUp(untilMs)) return false;
      }
      this.#round.delete(audience);
    }
    return true;
  }

  /** If it is time, and there is anything new. */
  #beginRound(nowMs: number): void {
    if (this.#changed.size === 0 || nowMs - this.#roundMs < this.#windowMs() - TIMER_STEP_MS) return;
    this.#roundMs = nowMs;
    for (const audience of this.#changed) {
      audience.begin();
      this.#round.add(audience);
    }
    this.#changed.clear();
  }

  /** Once in a go. */
  #flush(viewer: Flushable): void {
    if (viewer.lastPass === this.#go) return;
    viewer.lastPass = this.#go;
    this.#flushes += 1;
    try {
      viewer.flush();
    } catch (error) {
      viewer.fail(error);
    }
  }

  #isTimeUp(untilMs: number): boolean {
    return this.#flushes % FLUSHES_PER_LOOK === 0 && performance.now() >= untilMs;
  }
}
