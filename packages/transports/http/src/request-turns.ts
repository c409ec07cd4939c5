import { AddressLine } from "@headgate/transport";
import { MAX_REQUESTS_OF_ALL_PER_TURN } from "./limits.ts";

/** Makes connections with many requests at once wait, so that everything else is served. */
export class RequestTurns {
  readonly #line = new AddressLine<() => void>();
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

  /** Calls each of those that wait now once, as far as the requests last. */
  #begin(): void {
    this.#isScheduled = false;
    this.#left = MAX_REQUESTS_OF_ALL_PER_TURN;
    for (let calls = this.#line.size; calls > 0 && !this.isOver; calls -= 1) this.#line.take()?.();
    if (this.#line.size > 0) this.#schedule();
  }
}
