/** So many failures in a row open the circuit: one or two are an accident. */
const FAILURES_TO_OPEN = 5;

/** How long nothing is asked then: a server that is too slow recovers sooner when it is left alone. Milliseconds. */
const OPEN_MS = 5_000;

/** Leaves a server alone that fails. One request tries it again after a while. */
export class CircuitBreaker {
  #failures = 0;
  #openUntilMs = Number.NEGATIVE_INFINITY;

  /** Whether the server is left alone, or is being tried again. */
  get isOpen(): boolean {
    return this.#failures >= FAILURES_TO_OPEN;
  }

  /** Whether a request may be made. While the circuit is open, that is one in OPEN_MS. */
  admits(nowMs: number): boolean {
    if (!this.isOpen) return true;
    if (nowMs < this.#openUntilMs) return false;
    this.#openUntilMs = nowMs + OPEN_MS;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  failed(nowMs: number): void {
    this.#failures += 1;
    if (this.#failures === FAILURES_TO_OPEN) this.#openUntilMs = nowMs + OPEN_MS;
  }
}
