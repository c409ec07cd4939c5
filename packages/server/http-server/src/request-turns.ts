import { AddressLine, Arrivals } from "@headgate/transport";
import { MAX_REQUESTS_OF_ALL_MS, MAX_REQUESTS_OF_ALL_PER_TURN } from "./limits.ts";

/** Makes connections with many requests at once wait, so that everything else is served. */
export class RequestTurns {
  readonly #line = new AddressLine<() => void>();
  #left = MAX_REQUESTS_OF_ALL_PER_TURN;
  #endMs = Number.POSITIVE_INFINITY;
  #isScheduled = false;
  readonly #waits: () => boolean;

  constructor(arrivals: Arrivals = new Arrivals()) {
    this.#waits = arrivals.forLine();
  }

  /** Whether no more requests may be read in this turn of the event loop. */
  get isOver(): boolean {
    return this.#left <= 0 || performance.now() >= this.#endMs;
  }

  /** To be called for each request. */
  count(): void {
    if (this.#left === MAX_REQUESTS_OF_ALL_PER_TURN) this.#endMs = performance.now() + MAX_REQUESTS_OF_ALL_MS;
    this.#left -= 1;
    this.#schedule();
  }

  /** Calls `goOn` in a later turn. */
  wait(key: string, goOn: () => void): void {
    this.#line.add(key, goOn);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#begin());
  }

  /** Calls each of those that wait now once, as far as requests and time last. */
  #begin(): void {
    this.#isScheduled = false;
    this.#left = MAX_REQUESTS_OF_ALL_PER_TURN;
    this.#endMs = Number.POSITIVE_INFINITY;
    const due = this.#waits() ? 0 : this.#line.size;
    for (let calls = due; calls > 0 && !this.isOver; calls -= 1) this.#line.take()?.();
    if (this.#line.size > 0) this.#schedule();
  }
}
