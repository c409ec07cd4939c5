/** A bitrate over less says more about a keyframe than about the encoder. Milliseconds. */
const SPAN_MS = 10_000;

const SAMPLE_MS = 1_000;

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

/** The bitrate over the last ten seconds, of bytes that are counted anyway. */
export class SustainedBitrate {
  readonly #samples: Sample[] = [];

  /** Bits a second; undefined while less than ten seconds are known. Called a few times a second. */
  take(nowMs: number, bytes: number): number | undefined {
    const newest = this.#samples.at(-1);
    if (!newest || nowMs - newest.atMs >= SAMPLE_MS) this.#samples.push({ atMs: nowMs, bytes });
    // The oldest is the last one that is ten seconds old.
    while (this.#samples[1] && nowMs - this.#samples[1].atMs >= SPAN_MS) this.#samples.shift();
    const oldest = this.#samples[0]!;
    const spanMs = nowMs - oldest.atMs;
    return spanMs < SPAN_MS ? undefined : (8_000 * (bytes - oldest.bytes)) / spanMs;
  }
}
