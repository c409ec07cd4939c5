import { AddressLine } from "@headgate/transport";

/** How long replies are read in one turn of the event loop, those of all servers together. Milliseconds. */
export const MAX_REPLIES_MS = 8;

/**
 * Divides the time for reading replies among the servers that send them, so that none of them keeps this process from everything
 * else. Servers take turns.
 */
export class ReplyTurns {
  readonly #line = new AddressLine<() => void>();
  /** When the time of this turn is over: infinite until something is read. */
  #endMs = Number.POSITIVE_INFINITY;
  #isScheduled = false;

  /** Whether nothing more may be read in this turn of the event loop. */
  get isOver(): boolean {
    return performance.now() >= this.#endMs;
  }

  /** To be called before anything is read. */
  start(): void {
    if (this.#endMs !== Number.POSITIVE_INFINITY) return;
    this.#endMs = performance.now() + MAX_REPLIES_MS;
    this.#schedule();
  }

  /** Calls `goOn`, which reads, in a later turn. */
  wait(server: string, goOn: () => void): void {
    this.#line.add(server, goOn);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#begin());
  }

  /** Calls each of those that wait now once, as far as the time lasts. */
  #begin(): void {
    this.#isScheduled = false;
    this.#endMs = Number.POSITIVE_INFINITY;
    for (let calls = this.#line.size; calls > 0 && !this.isOver; calls -= 1) this.#line.take()?.();
    if (this.#line.size > 0) this.#schedule();
  }
}
