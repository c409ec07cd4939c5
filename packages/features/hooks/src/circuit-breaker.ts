/** So many failures in a row open the circuit: one or two are an accident. */
const FAILURES_TO_OPEN = 5;

/** How long nothing is asked then: a server that is too slow recovers sooner when it is left alone. Milliseconds. */
const OPEN_MS = 5_000;

/** Whose question a server has not answered, by the key of the address; `anybody` where no connection could be made. */
type Victim = string | "anybody";

/**
 * Leaves a server alone that does not answer. One request tries it again after a while. One client can have a server fail at its own
 * questions, so those of one address alone do not open the circuit.
 */
export class CircuitBreaker {
  /** Those of the last failures in a row. */
  readonly #victims: Victim[] = [];
  #openUntilMs = Number.NEGATIVE_INFINITY;

  /** Whether the server is left alone, or is being tried again. */
  get isOpen(): boolean {
    const victims = new Set(this.#victims);
    return this.#victims.length === FAILURES_TO_OPEN && (victims.size > 1 || victims.has("anybody"));
  }

  /** Whether a request may be made. While the circuit is open, that is one in OPEN_MS. */
  admits(nowMs: number): boolean {
    if (!this.isOpen) return true;
    if (nowMs < this.#openUntilMs) return false;
    this.#openUntilMs = nowMs + OPEN_MS;
    return true;
  }

  answered(): void {
    this.#victims.length = 0;
  }

  failed(victim: Victim, nowMs: number): void {
    const wasOpen = this.isOpen;
    this.#victims.push(victim);
    if (this.#victims.length > FAILURES_TO_OPEN) this.#victims.shift();
    if (!wasOpen && this.isOpen) this.#openUntilMs = nowMs + OPEN_MS;
  }
}
