import { MAX_REQUESTS_OF_ALL_PER_TURN } from "./limits.ts";

/** Makes connections with many requests at once wait, so that everything else is served. */
export class RequestTurns {
  readonly #waiting = new Set<() => void>();
  #left = MAX_REQUESTS_OF_ALL_PER_TURN;
  #isScheduled = false;

  /** Whether no more requests may be read in this turn of the event loop. */
  get isOver(): boolean {
    return this.#left <= 0;
  }

  /** To be called for each request. */
  count(): void {
    this.#left -= 1;
    this.#schedule();
  }

  /** Calls `goOn` in a later turn, after all connections that have waited longer. */
  wait(goOn: () => void): void {
    this.#waiting.add(goOn);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#begin());
  }

  #begin(): void {
    this.#isScheduled = false;
    this.#left = MAX_REQUESTS_OF_ALL_PER_TURN;
    for (const goOn of this.#waiting) {
      if (this.isOver) break;
      this.#waiting.delete(goOn);
      goOn();
    }
    if (this.#waiting.size > 0) this.#schedule();
  }
}
