import type { Stream } from "@headgate/bus";
import { TIMER_STEP_MS } from "@headgate/driver";
import { AddressLine, type Faults, Guard } from "@headgate/transport";
import { Audience, type Flushable } from "./audience.ts";
import { SoundWait } from "./sound-wait.ts";
import { WakeSchedule } from "./wake-schedule.ts";

/** The longest pass. After it, publishers, tunnels and the API come first. Milliseconds. */
const MAX_HOLD_MS = 4;

/**
 * A pass for which everything else has taken its time takes longer: so much of what it has waited, and so many milliseconds at most.
 * Otherwise viewers would wait for as many slow turns of the event loop as their round has passes.
 */
const SHARE_OF_WAIT = 1 / 4;
const MAX_HOLD_AFTER_WAIT_MS = 12;

/** How many viewers are written to between two readings of the clock; one takes some ten microseconds. */
const FLUSHES_PER_LOOK = 4;

/**
 * Writes new messages of streams to their viewers, in rounds: one write per viewer, however many messages it spans. With no
 * window, everything that arrives in one turn of the event loop is written in a round at its end; only sound waits for the next
 * picture. Otherwise rounds begin a window apart, and what arrives meanwhile is merged.
 *
 * A round goes from viewer to viewer without a pause, because that costs a quarter less than the same writes spread over the
 * window with cold caches. But it is cut into passes of some milliseconds, and everything else is served between two passes.
 */
export class FanOut {
  readonly #windowMs: () => number;
  readonly #soundWait: SoundWait;
  readonly #schedule: WakeSchedule;
  readonly #audiences = new Map<Stream, Audience>();
  /** Audiences whose stream has changed since their last round began. */
  readonly #changed = new Set<Audience>();
  /** Audiences of the current round that have not been called in full. */
  readonly #round = new Set<Audience>();
  /** Readers that have been woken since the last pass began. */
  #woken: Flushable[] = [];
  /** Those that were woken before it, and wait for their turn. */
  readonly #line = new AddressLine<Flushable>();
  /** Since when the next pass waits for its turn. */
  #sinceMs = 0;
  /** When the last round began. */
  #roundMs = Number.NEGATIVE_INFINITY;
  /** The number of this pass, and how many readers were flushed in it. */
  #pass = 0;
  #flushes = 0;
  #isImmediate = false;
  #timer: NodeJS.Timeout | undefined;
  #longestHoldMs = 0;
  #writingMs = 0;
  readonly #onReading: () => void;
  readonly #onImmediate: () => void;
  readonly #onTimer: () => void;

  /**
   * `windowMs` returns how long messages are merged at present; sound waits for a picture for `soundWaitMs` at most. `beforeRound`
   * reads what else belongs to a round: it comes before the end of the turn.
   */
  constructor(
    windowMs: () => number,
    soundWaitMs: number,
    faults: Faults,
    beforeRound: () => void = () => {},
  ) {
    this.#windowMs = windowMs;
    this.#soundWait = new SoundWait(soundWaitMs, (audience) => this.#change(audience), faults);
    this.#schedule = new WakeSchedule((reader) => this.wake(reader), faults);
    // What is left of a pass is done in the next one, which the next message starts.
    const guard = new Guard(faults, "task", () => {});
    this.#onImmediate = guard.entry(() => {
      this.#isImmediate = false;
      this.#run();
    });
    this.#onReading = guard.entry(() => {
      this.#sinceMs = performance.now();
      setImmediate(this.#onImmediate);
    });
    this.#onTimer = guard.entry(() => {
      this.#timer = undefined;
      beforeRound();
      this.#runAfterReading();
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

  /** The stream has something new for all of its readers: something else, or sound to which a picture will come. */
  changed(stream: Stream, what?: "sound"): void {
    const audience = this.#audiences.get(stream);
    if (!audience) return;
    if (what === "sound" && this.#windowMs() < this.#soundWait.maxMs) this.#soundWait.add(audience);
    else this.#change(audience);
  }

  /** This reader has something to write for a reason of its own. */
  wake(viewer: Flushable): void {
    this.#runSoon();
    if (viewer.isWoken) return;
    viewer.isWoken = true;
    this.#woken.push(viewer);
  }

  /** This reader will have something to write at this time, in place of any that it has said before; infinite: never. Milliseconds. */
  wakeAt(viewer: Flushable, dueMs: number): void {
    if (dueMs === Number.POSITIVE_INFINITY) this.#schedule.delete(viewer);
    else this.#schedule.add(viewer, dueMs);
  }

  /** When the stream's next messages will be written to its readers, at the earliest; undefined if it has none. */
  nextRoundMs(stream: Stream): number | undefined {
    return this.#audiences.has(stream) ? this.#roundMs + this.#windowMs() : undefined;
  }

  /** The longest time that the event loop was held since the last call. Milliseconds. */
  takeLongestHoldMs(): number {
    const longest = this.#longestHoldMs;
    this.#longestHoldMs = 0;
    return longest;
  }

  /** How long it has written to viewers since the last call. Milliseconds. */
  takeWritingMs(): number {
    const writingMs = this.#writingMs;
    this.#writingMs = 0;
    return writingMs;
  }

  #change(audience: Audience): void {
    this.#soundWait.delete(audience);
    this.#changed.add(audience);
    this.#awaitRound();
  }

  /** Schedules the next round for as soon as it may begin. */
  #awaitRound(): void {
    if (this.#timer !== undefined || this.#isImmediate) return;
    const leftMs = this.#roundMs + this.#windowMs() - performance.now();
    if (leftMs < TIMER_STEP_MS) this.#runSoon();
    else this.#timer = setTimeout(this.#onTimer, leftMs);
  }

  #runSoon(): void {
    if (this.#isImmediate) return;
    this.#isImmediate = true;
    this.#sinceMs = performance.now();
    setImmediate(this.#onImmediate);
  }

  /** Not in this turn of the event loop: publishers that have to wait in the line are read at the end of it, and would miss the round. */
  #runAfterReading(): void {
    if (this.#isImmediate) return;
    this.#isImmediate = true;
    setImmediate(this.#onReading);
  }

  #run(): void {
    const startMs = performance.now();
    this.#pass += 1;
    this.#flushes = 0;
    // First of all: what changes during a flush is for the next round, because readers flushed before it are skipped in this
    // one.
    if (this.#round.size === 0) this.#beginRound(startMs);
    this.#lineUp();
    const isRound = this.#round.size > 0;
    const waitedMs = startMs - this.#sinceMs;
    const maxMs = Math.min(MAX_HOLD_AFTER_WAIT_MS, Math.max(MAX_HOLD_MS, waitedMs * SHARE_OF_WAIT));
    this.#flushWoken(startMs + (isRound ? maxMs / 2 : maxMs));
    // One of those woken can take longer than a whole pass, and there may be many of its kind: the round has its half all the same.
    const isDone = this.#flushRound(Math.max(startMs + maxMs, performance.now() + maxMs / 2));
    const heldMs = performance.now() - startMs;
    this.#longestHoldMs = Math.max(this.#longestHoldMs, heldMs);
    this.#writingMs += heldMs;
    if (!isDone || this.#line.size > 0 || this.#woken.length > 0) this.#runSoon();
    else if (this.#changed.size > 0) this.#awaitRound();
  }

  /** Those that are woken during a pass have their turn in the next one at the earliest. */
  #lineUp(): void {
    if (this.#woken.length === 0) return;
    for (const viewer of this.#woken) this.#line.add(viewer.turnKey, viewer);
    this.#woken = [];
  }

  /**
   * Flushes readers of the line, whose addresses take turns: a thousand of one address may be far behind and become writable at once.
   * While a round is under way they have half of a pass at most: there may be so many of them that they would use up all the time. A
   * reader that is far behind takes a hundred times as long as another, so the clock is looked at after each.
   */
  #flushWoken(untilMs: number): void {
    for (let viewer = this.#line.take(); viewer; viewer = this.#line.take()) {
      viewer.isWoken = false;
      this.#flush(viewer);
      if (performance.now() >= untilMs) return;
    }
  }

  /**
   * Goes on with the round. Returns whether it is over. Readers that are woken have their turn among those: who has fallen far
   * behind, or plays many streams, must not hold up the round as well.
   */
  #flushRound(untilMs: number): boolean {
    for (const audience of this.#round) {
      for (let viewer = audience.take(); viewer; viewer = audience.take()) {
        if (viewer.isWoken) continue;
        if (viewer.playsMany) {
          this.wake(viewer);
          continue;
        }
        this.#flush(viewer);
        if (this.#isTimeUp(untilMs)) return false;
      }
      this.#round.delete(audience);
    }
    return true;
  }

  /** Begins a round if it is time and there is anything new. */
  #beginRound(nowMs: number): void {
    if (this.#changed.size === 0 || nowMs - this.#roundMs < this.#windowMs() - TIMER_STEP_MS) return;
    this.#roundMs = nowMs;
    for (const audience of this.#changed) {
      audience.begin();
      this.#round.add(audience);
    }
    this.#changed.clear();
  }

  /** Flushes a reader, once in a pass. */
  #flush(viewer: Flushable): void {
    if (viewer.lastPass === this.#pass) return;
    viewer.lastPass = this.#pass;
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
