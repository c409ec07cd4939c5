import { MAX_GAP_MS, MAX_STEP_BACK_MS } from "./limits.ts";

/** Makes one line of RTMP timestamps, which begin again after 2^32 (RTMP 1.0 §4). Milliseconds from the first. */
export class Timeline {
  #lastTimestamp: number | undefined;
  #timeMs = 0;

  /** Whether the timestamp is so far from the last that it does not belong to the same file. */
  isBroken(timestamp: number): boolean {
    if (this.#lastTimestamp === undefined) return false;
    const stepMs = (timestamp - this.#lastTimestamp) | 0;
    return stepMs < -MAX_STEP_BACK_MS || stepMs > MAX_GAP_MS;
  }

  /** The time that a timestamp would have. */
  peek(timestamp: number): number {
    const stepMs = this.isBroken(timestamp) ? 0 : (timestamp - (this.#lastTimestamp ?? timestamp)) | 0;
    return this.#timeMs + stepMs;
  }

  /** The time of a timestamp; below 0 if it is before the first. Where the line is broken it goes on from the last. */
  timeMs(timestamp: number): number {
    this.#timeMs = this.peek(timestamp);
    this.#lastTimestamp = timestamp;
    return this.#timeMs;
  }
}

/** After so many frames of sound that are missing or too many, the count begins again at the timestamp. */
const MAX_DRIFT_FRAMES = 2;

/**
 * Decoding times of sound by counting samples, in ticks of the sample rate. Timestamps in whole milliseconds would make
 * thousands of tiny holes.
 */
export class AudioClock {
  readonly #sampleRate: number;
  #nextTicks: number | undefined;
  #lastTicks = -1;

  constructor(sampleRate: number) {
    this.#sampleRate = sampleRate;
  }

  /** The time of a frame with so many samples. Times rise. */
  next(timeMs: number, samples: number): number {
    const told = Math.round((timeMs * this.#sampleRate) / 1000);
    const isOff =
      this.#nextTicks === undefined || Math.abs(told - this.#nextTicks) > MAX_DRIFT_FRAMES * samples;
    const ticks = Math.max(isOff ? told : this.#nextTicks!, this.#lastTicks + 1);
    this.#lastTicks = ticks;
    this.#nextTicks = ticks + samples;
    return ticks;
  }
}
