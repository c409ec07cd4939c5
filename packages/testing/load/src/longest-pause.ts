const EVERY_MS = 10;

/**
 * The longest that this process has stood still. What it says of others' delays is not to be told from a delay of its own
 * that is as long.
 */
export class LongestPause {
  readonly #timer: NodeJS.Timeout;
  #lastMs = performance.now();
  #longestMs = 0;

  constructor() {
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
    this.#timer.unref();
  }

  /** Milliseconds, since it was asked last to begin anew. */
  get longestMs(): number {
    this.#look();
    return this.#longestMs;
  }

  begin(): void {
    this.#lastMs = performance.now();
    this.#longestMs = 0;
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const nowMs = performance.now();
    this.#longestMs = Math.max(this.#longestMs, nowMs - this.#lastMs - EVERY_MS);
    this.#lastMs = nowMs;
  }
}
