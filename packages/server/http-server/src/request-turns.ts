import { AddressLine, Arrivals } from "@headgate/transport";
import { MAX_REQUESTS_OF_ALL_MS, MAX_REQUESTS_OF_ALL_PER_TURN } from "./limits.ts";

/** Makes connections with many requests at once wait, so that everything else is served. */
export class RequestTurns {
  readonly #line = new AddressLine<() => void>();
  #left = MAX_REQUESTS_OF_ALL_PER_TURN;
  /** When the time of this turn is over: infinite until something is read. */
  #endMs = Number.POSITIVE_INFINITY;
  #isScheduled = false;
  readonly #waits: () => boolean;

  constructor(arrivals: Arrivals = new Arrivals()) {
    this.#waits = arrivals.forLine();
  }

  /** Whether nothing more may be read in this turn of the event loop. */
  get isOver(): boolean {
    return this.#left <= 0 || performance.now() >= this.#endMs;
  }

  /** To be called before anything is read: not only requests take time. */
  start(): void {
    if (this.#endMs !== Number.POSITIVE_INFINITY) return;
    this.#endMs = performance.now() + MAX_REQUESTS_OF_ALL_MS;
    this.#schedule();
  }

  /** To be called for each request, and for each piece of a body. */
  count(): void {
    this.start();
    this.#left -= 1;
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
    this.#callNext(this.#waits() ? 0 : this.#line.size);
  }

  #callNext(due: number): void {
    if (due === 0 || this.isOver) {
      if (this.#line.size > 0) this.#schedule();
      return;
    }
    this.start();
    this.#line.take()?.();
    // After what the requests of the last call have left to do: it takes time, too.
    process.nextTick(() => this.#callNext(due - 1));
  }
}
