/** A token bucket: a number of things at once, and then so many per second. */
export class Allowance {
  readonly #most: number;
  readonly #perSecond: number;
  #left: number;
  #countedMs: number | undefined;

  constructor(most: number, perSecond: number) {
    this.#most = most;
    this.#perSecond = perSecond;
    this.#left = most;
  }

  /** Takes one token if there is one. */
  take(nowMs: number): boolean {
    const passedMs = nowMs - (this.#countedMs ?? nowMs);
    this.#countedMs = nowMs;
    this.#left = Math.min(this.#most, this.#left + (passedMs / 1000) * this.#perSecond);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
