import { MAX_REQUESTS_OF_ALL_PER_TURN } from "./limits.ts";

/** Makes connections with many requests at once wait, so that everything else is served. */
export class RequestTurns {
  /** By address; the one whose turn is next comes first. */
  readonly #waiting = new Map<string, Set<() => void>>();
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

  /**
   * Calls `goOn` in a later turn. Addresses take turns, and then the connections of each: so no connection waits for all
   * connections of another address.
   */
  wait(address: string, goOn: () => void): void {
    const waiting = this.#waiting.get(address) ?? new Set();
    this.#waiting.set(address, waiting.add(goOn));
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
    for (const goOn of this.#inTurn()) {
      goOn();
      if (this.isOver) break;
    }
    if (this.#waiting.size > 0) this.#schedule();
  }

  /** Each of those who wait now, once. */
  *#inTurn(): Generator<() => void> {
    let left = 0;
    for (const waiting of this.#waiting.values()) left += waiting.size;
    for (const [address, waiting] of this.#waiting) {
      if (left === 0) return;
      left -= 1;
      const [goOn] = waiting;
      waiting.delete(goOn!);
      this.#waiting.delete(address);
      if (waiting.size > 0) this.#waiting.set(address, waiting);
      yield goOn!;
    }
  }
}
