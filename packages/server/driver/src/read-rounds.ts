import { type Faults, Guard } from "@headgate/transport";

/** A timer is exact to a millisecond. */
export const TIMER_STEP_MS = 1;
/** Two timers that are due at the same time may come so far apart. Milliseconds. */
const EARLY_MS = 2;

/** Input that waits to be read. */
export interface RoundReader {
  /** Reads what has come meanwhile. Does not throw. */
  readOn(): void;
}

/**
 * Publishers are read in rounds, each all that has come since the last one. To read every message as it arrives costs several
 * times as much, and viewers get them no sooner: their writes are merged. One timer serves all.
 */
export class ReadRounds {
  readonly #now: () => number;
  /** Until when each waits. */
  readonly #waiting = new Map<RoundReader, number>();
  #timer: NodeJS.Timeout | undefined;
  #timerMs = Number.POSITIVE_INFINITY;
  readonly #onTimer: () => void;

  /** `now` tells milliseconds, never running backward. */
  constructor(now: () => number, faults: Faults) {
    this.#now = now;
    const guard = new Guard(faults, "task", () => {});
    this.#onTimer = guard.entry(() => this.#readDue(TIMER_STEP_MS));
  }

  /** Whether there is anything to gain in waiting until then. */
  isWorthwhile(untilMs: number): boolean {
    return untilMs - this.#now() > EARLY_MS;
  }

  await(reader: RoundReader, untilMs: number): void {
    this.#waiting.set(reader, untilMs);
    if (untilMs < this.#timerMs) this.#time(untilMs);
  }

  leave(reader: RoundReader): void {
    this.#waiting.delete(reader);
  }

  /** Reads those whose round is about to come: viewers are written to now. */
  readEarly(): void {
    if (this.#waiting.size > 0) this.#readDue(EARLY_MS);
  }

  #readDue(withinMs: number): void {
    const nowMs = this.#now();
    let nextMs = Number.POSITIVE_INFINITY;
    this.#timerMs = nextMs;
    for (const [reader, untilMs] of this.#waiting) {
      if (untilMs - nowMs >= withinMs) {
        nextMs = Math.min(nextMs, untilMs);
      } else {
        this.#waiting.delete(reader);
        reader.readOn();
      }
    }
    if (nextMs < this.#timerMs) this.#time(nextMs);
  }

  #time(untilMs: number): void {
    clearTimeout(this.#timer);
    this.#timerMs = untilMs;
    this.#timer = setTimeout(this.#onTimer, untilMs - this.#now());
  }
}
