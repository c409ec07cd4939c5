import { addressKey } from "@headgate/transport";

/** How often a failure of one kind from one address is worth a line. Milliseconds. */
const REPEAT_MS = 10_000;

/** Kinds of failure and addresses that are remembered; the one that came first is forgotten first. */
const MAX_REMEMBERED = 1_000;

interface Failure {
  loggedMs: number;
  omitted: number;
}

/** Which sessions that fail before `connect` have a line in the log: one misconfigured client tries again for ever. */
export class FailedSessions {
  readonly #failures = new Map<string, Failure>();

  /** How many lines were left out since the last one; undefined if this one is left out as well. */
  take(reason: string, address: string, nowMs: number): number | undefined {
    const key = `${reason} ${addressKey(address)}`;
    const failure = this.#failures.get(key);
    if (failure && nowMs - failure.loggedMs < REPEAT_MS) {
      failure.omitted += 1;
      return undefined;
    }
    this.#failures.delete(key);
    this.#failures.set(key, { loggedMs: nowMs, omitted: 0 });
    if (this.#failures.size > MAX_REMEMBERED) this.#failures.delete(this.#failures.keys().next().value!);
    return failure?.omitted ?? 0;
  }
}
