import { addressKey } from "@headgate/transport";

/**
 * A misconfigured encoder tries every few seconds, and a studio with many of them is one address: they must not lock each other
 * out. A program that guesses tries thousands of times a second.
 */
const MAX_TRIES = 100;
const FORGIVEN_PER_SECOND = 5;

/** Addresses that are remembered; the one that failed longest ago is forgotten first. */
const MAX_ADDRESSES = 10_000;

interface Failures {
  count: number;
  countedMs: number;
}

/** How often each address has shown wrong credentials, so that nobody can try many. */
export class FailedTries {
  readonly #failures = new Map<string, Failures>();

  /** Whether the address may not try any more for now. */
  isExceeded(address: string, nowMs: number): boolean {
    return this.#countOf(addressKey(address), nowMs) >= MAX_TRIES;
  }

  note(address: string, nowMs: number): void {
    const key = addressKey(address);
    const count = this.#countOf(key, nowMs) + 1;
    this.#failures.delete(key);
    this.#failures.set(key, { count, countedMs: nowMs });
    if (this.#failures.size > MAX_ADDRESSES) this.#failures.delete(this.#failures.keys().next().value!);
  }

  #countOf(key: string, nowMs: number): number {
    const failures = this.#failures.get(key);
    if (!failures) return 0;
    const forgiven = ((nowMs - failures.countedMs) / 1000) * FORGIVEN_PER_SECOND;
    return Math.max(0, failures.count - forgiven);
  }
}
