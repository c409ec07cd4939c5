const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;

/** The random part of a delay, so that connections that failed together do not come back together. */
const JITTER = 0.5;

/** A connection that lasted this long counts as a success. Milliseconds. */
const STEADY_MS = 30_000;

/** How long to wait before the next attempt: twice as long each time. */
export class Backoff {
  readonly #random: () => number;
  #failures = 0;

  /** `random` returns numbers from 0 to 1. */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** The delay after an attempt that lasted `lastedMs`. Milliseconds. */
  next(lastedMs: number): number {
    if (lastedMs >= STEADY_MS) this.#failures = 0;
    const delayMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures);
    this.#failures += 1;
    return delayMs * (1 - JITTER * this.#random());
  }
}
