import { SWEEP_INTERVAL_MS, type Swept } from "@headgate/driver";

/**
 * How late the timer comes that runs anyway a few times a second: so long the process has had no time for it, nor for a peer. It
 * costs nothing more, and finds what holds up a process again and again.
 */
export class LoopDelay implements Swept {
  #beforeMs: number | undefined;
  #longestMs = 0;

  sweep(nowMs: number): void {
    if (this.#beforeMs !== undefined)
      this.#longestMs = Math.max(this.#longestMs, nowMs - this.#beforeMs - SWEEP_INTERVAL_MS);
    this.#beforeMs = nowMs;
  }

  /** The longest since the last call. Milliseconds. */
  takeLongestMs(): number {
    const longestMs = this.#longestMs;
    this.#longestMs = 0;
    return longestMs;
  }
}
