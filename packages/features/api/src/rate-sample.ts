/** A rate over less than this says more about the moment than about the peer. Milliseconds. */
const MIN_SPAN_MS = 5_000;

/** The rate at which a counter has grown, since it was asked for before: nothing is counted for it in between. */
export class RateSample {
  #atMs: number;
  #bytes: number;
  #kbps: number | undefined;

  constructor(startMs: number, bytes: number) {
    this.#atMs = startMs;
    this.#bytes = bytes;
  }

  /** Kilobits a second. When it is asked for often, it is the rate over the last seconds. */
  take(nowMs: number, bytes: number): number {
    const spanMs = nowMs - this.#atMs;
    const kbps = spanMs > 0 ? Math.max(0, (8 * (bytes - this.#bytes)) / spanMs) : 0;
    if (spanMs < MIN_SPAN_MS) return this.#kbps ?? kbps;
    this.#atMs = nowMs;
    this.#bytes = bytes;
    this.#kbps = kbps;
    return kbps;
  }
}
