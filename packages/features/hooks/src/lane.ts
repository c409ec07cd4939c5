import { AddressLine, type Guard } from "@headgate/transport";
import { HookFailure } from "./hook-failure.ts";

/**
 * Questions that begin in one turn of the event loop; each takes up to a millisecond. Peers ask many at once, and everything else is
 * served in between.
 */
export const MAX_BEGUN_PER_TURN = 8;

interface LaneLimits {
  readonly maxUnderWay: number;
  readonly maxWaiting: number;
}

/**
 * Lets a number of questions go on at once; others wait in line, as long as they may. Addresses take turns, and the more wait, the
 * fewer may be of one address, so that no address keeps others from asking.
 */
export class Lane {
  readonly #limits: LaneLimits;
  readonly #guard: Guard;
  readonly #line = new AddressLine<() => void>();
  #underWay = 0;
  /** In this turn of the event loop. */
  #begun = 0;
  readonly #onTurn: () => void;

  constructor(limits: LaneLimits, guard: Guard) {
    this.#limits = limits;
    this.#guard = guard;
    this.#onTurn = guard.entry(() => {
      this.#begun = 0;
      this.#beginNext();
    });
  }

  get waiting(): number {
    return this.#line.size;
  }

  /**
   * Does the work in its turn, for a peer whose address has this key. Rejects with a HookFailure if its turn does not come before
   * `deadline`, or too many wait.
   */
  async run<T>(key: string, work: () => Promise<T>, deadline: AbortSignal): Promise<T> {
    await this.#enter(key, deadline);
    try {
      return await work();
    } finally {
      this.#underWay -= 1;
      this.#beginNext();
    }
  }

  #enter(key: string, deadline: AbortSignal): Promise<void> {
    const free = this.#limits.maxWaiting - this.#line.size;
    if (this.#line.sizeOf(key) >= free) return Promise.reject(busy());
    return new Promise((resolve, reject) => {
      const expire = this.#guard.entry(() => {
        this.#line.delete(key, begin);
        reject(busy());
      });
      const begin = (): void => {
        deadline.removeEventListener("abort", expire);
        resolve();
      };
      deadline.addEventListener("abort", expire, { once: true });
      this.#line.add(key, begin);
      this.#beginNext();
    });
  }

  #beginNext(): void {
    while (this.#underWay < this.#limits.maxUnderWay && this.#begun < MAX_BEGUN_PER_TURN) {
      const begin = this.#line.take();
      if (!begin) return;
      if (this.#begun === 0) setImmediate(this.#onTurn);
      this.#underWay += 1;
      this.#begun += 1;
      begin();
    }
  }
}

function busy(): HookFailure {
  return new HookFailure("busy", "too many requests are under way");
}
