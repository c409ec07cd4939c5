import { AddressLine, Arrivals, type Faults, Guard } from "@headgate/transport";
import { MAX_REPLIES_MS } from "./limits.ts";

/**
 * Divides the time for reading replies among the servers that send them, so that none of them keeps this process from everything
 * else. Servers take turns.
 */
export class ReplyTurns {
  readonly #line = new AddressLine<() => void>();
  readonly #waits: () => boolean;
  readonly #onTurn: () => void;
  /** In this turn of the event loop. */
  #spentMs = 0;
  #isScheduled = false;

  constructor(faults: Faults, arrivals: Arrivals = new Arrivals()) {
    this.#waits = arrivals.forLine();
    const guard = new Guard(faults, "task", () => {});
    this.#onTurn = guard.entry(() => this.#begin());
  }

  /** Whether nothing more may be read in this turn of the event loop. */
  get isOver(): boolean {
    return this.#spentMs >= MAX_REPLIES_MS;
  }

  /** Reads something now. */
  spend(read: () => void): void {
    const startMs = performance.now();
    try {
      read();
    } finally {
      this.#spentMs += performance.now() - startMs;
      this.#schedule();
    }
  }

  /** Calls `goOn` in a later turn. `server` is the key of its address. */
  wait(server: string, goOn: () => void): void {
    this.#line.add(server, goOn);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#onTurn);
  }

  /** Calls each of those that wait now once, as far as the time lasts. */
  #begin(): void {
    this.#isScheduled = false;
    this.#spentMs = 0;
    const due = this.#waits() ? 0 : this.#line.size;
    for (let calls = due; calls > 0 && !this.isOver; calls -= 1) this.#line.take()?.();
    if (this.#line.size > 0) this.#schedule();
  }
}
