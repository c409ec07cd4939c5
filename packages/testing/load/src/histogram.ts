const BUCKETS_PER_MS = 10;

/** Latencies, in a fixed amount of memory however many there are: a tenth of a millisecond exact, up to ten seconds. */
export class Histogram {
  readonly #buckets = new Uint32Array(10_000 * BUCKETS_PER_MS + 1);
  #count = 0;
  #maxMs = 0;

  add(ms: number): void {
    const bucket = Math.min(this.#buckets.length - 1, Math.max(0, Math.floor(ms * BUCKETS_PER_MS)));
    this.#buckets[bucket]! += 1;
    this.#count += 1;
    this.#maxMs = Math.max(this.#maxMs, ms);
  }

  get maxMs(): number {
    return this.#maxMs;
  }

  /** The least latency that so many in a hundred do not exceed; NaN without any. Milliseconds. */
  percentile(percent: number): number {
    if (this.#count === 0) return Number.NaN;
    let left = Math.ceil((this.#count * percent) / 100);
    const bucket = this.#buckets.findIndex((count) => {
      left -= count;
      return left <= 0;
    });
    return Math.min(this.#maxMs, (bucket + 1) / BUCKETS_PER_MS);
  }

  clear(): void {
    this.#buckets.fill(0);
    this.#count = 0;
    this.#maxMs = 0;
  }
}
