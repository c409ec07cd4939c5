import { addressKey } from "@headgate/transport";

/** Each failed try of an address makes its next answer later, up to this. Milliseconds. */
const STEP_MS = 200;
const MAX_DELAY_MS = 2_000;

/** How many answers may wait at once: each holds a connection of the admin server, which has 256. */
export const MAX_WAITING = 32;

/** How many addresses are remembered. The one that has failed least recently is forgotten. */
export const MAX_ADDRESSES = 1_024;

/** An address that has not failed for this long begins anew. Milliseconds. */
const FORGET_MS = 600_000;

interface Tries {
  readonly count: number;
  readonly atMs: number;
}

/** Counts failed tries by the key of the address, and says how long the answer has to wait. */
export class FailedTries {
  readonly #byKey = new Map<string, Tries>();
  #waiting = 0;

  get addresses(): number {
    return this.#byKey.size;
  }

  /** One more try has failed. Returns how many that makes. */
  add(address: string, nowMs: number): number {
    const key = addressKey(address);
    const before = this.#byKey.get(key);
    const count = before && nowMs - before.atMs < FORGET_MS ? before.count + 1 : 1;
    this.#byKey.delete(key);
    this.#byKey.set(key, { count, atMs: nowMs });
    if (this.#byKey.size > MAX_ADDRESSES) this.#byKey.delete(this.#byKey.keys().next().value!);
    return count;
  }

  /** How long the answer to this try waits, for {@link endWait} to be called then; undefined if too many wait already. */
  beginWait(count: number): number | undefined {
    if (this.#waiting >= MAX_WAITING) return undefined;
    this.#waiting += 1;
    return Math.min(count * STEP_MS, MAX_DELAY_MS);
  }

  endWait(): void {
    this.#waiting -= 1;
  }
}
