import { type Faults, Guard } from "@headgate/transport";

/** How exact timeouts are. */
export const SWEEP_INTERVAL_MS = 250;

/** Something with timeouts. */
export interface Swept {
  /** Called a few times a second. */
  sweep(nowMs: number): void;
}

/** Looks after everything in a process that has timeouts, with one timer, which runs while there is anything. */
export class Sweep {
  readonly #now: () => number;
  readonly #guard: Guard;
  readonly #swept = new Set<Swept>();
  #timer: NodeJS.Timeout | undefined;

  /** `now` tells milliseconds, never running backward. */
  constructor(now: () => number, faults: Faults) {
    this.#now = now;
    this.#guard = new Guard(faults, "task", () => {});
  }

  add(swept: Swept): void {
    this.#swept.add(swept);
    this.#timer ??= setInterval(
      this.#guard.entry(() => this.#sweepAll()),
      SWEEP_INTERVAL_MS,
    );
  }

  delete(swept: Swept): void {
    this.#swept.delete(swept);
    if (this.#swept.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** A fault in one of them must not keep the others from their timeouts. */
  #sweepAll(): void {
    const nowMs = this.#now();
    for (const swept of this.#swept) this.#guard.run(() => swept.sweep(nowMs));
  }
}
