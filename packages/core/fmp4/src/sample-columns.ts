import { ProtocolError } from "@headgate/bytes";
import { copyInto } from "./copy-into.ts";
import { MAX_SAMPLES } from "./limits.ts";
import type { Track } from "./movie-reader.ts";
import type { Sample } from "./sample.ts";

const INITIAL_SAMPLES = 1024;
const MAX_TIME_MS = 0xffff_ffff;

/** The samples of one track of a file that is read: 29 bytes for each. Times are milliseconds, but for ticks of the track. */
export class SampleColumns {
  count = 0;
  keyframeCount = 0;
  /** How many samples have another description than the one before. */
  changeCount = 0;
  positions: Float64Array = new Float64Array(INITIAL_SAMPLES);
  sizes: Uint32Array = new Uint32Array(INITIAL_SAMPLES);
  /** Decoding times from the first sample on, which never go back. */
  times: Uint32Array = new Uint32Array(INITIAL_SAMPLES);
  /** Decoding times and what comes to them, as the file has them. */
  ticks: Float64Array = new Float64Array(INITIAL_SAMPLES);
  compositionOffsets: Int32Array = new Int32Array(INITIAL_SAMPLES);
  /** The number of the description times two, and one more for a keyframe. */
  flags: Uint8Array = new Uint8Array(INITIAL_SAMPLES);
  /**
   * Where files have composition times below 0, all is decoded so much earlier: RTMP and its players know none, and what is
   * shown when does not change.
   */
  delayMs = 0;
  readonly track: Track;
  #firstMs = 0;
  #endMs = 0;
  #lastDuration = 0;

  constructor(track: Track) {
    this.track = track;
  }

  /** The decoding time of the first sample, on the time line of the file. */
  get firstMs(): number {
    return this.#firstMs - this.delayMs;
  }

  /** Where the last ends, from the first on. */
  get endMs(): number {
    return this.#endMs + this.delayMs;
  }

  /** When a sample is decoded, on the time line of the file, not rounded. */
  exactMs(at: number): number {
    const { editMs, timescale } = this.track;
    return (this.ticks[at]! * 1000) / timescale + editMs;
  }

  /** How much later than it is decoded a sample is shown, by the file, in whole milliseconds; {@link delayMs} comes to it. */
  compositionMs(at: number): number {
    return Math.round(this.shownMs(at)) - (this.times[at]! + this.#firstMs);
  }

  /** When a sample is shown, likewise. */
  shownMs(at: number): number {
    return this.exactMs(at) + (this.compositionOffsets[at]! * 1000) / this.track.timescale;
  }

  /** Up to the next sample, in ticks. */
  durationTicks(at: number): number {
    const next = at + 1;
    return next === this.count ? this.#lastDuration : Math.max(0, this.ticks[next]! - this.ticks[at]!);
  }

  /** Makes room for so many more samples, as far as there may be so many: growing step by step takes longer than reading them. */
  reserve(samples: number): void {
    const capacity = Math.min(this.count + samples, MAX_SAMPLES);
    if (capacity > this.sizes.length) this.#growTo(capacity);
  }

  /** Throws MP4_LIMIT_EXCEEDED. */
  add(sample: Sample): void {
    const { position, size, ticks, duration, compositionOffset, isKeyframe, description } = sample;
    const { editMs, timescale } = this.track;
    const decodeMs = (ticks * 1000) / timescale + editMs;
    const endMs = Math.round(decodeMs + (duration * 1000) / timescale);
    if (this.count === this.sizes.length) this.#grow();
    const at = this.count;
    const time = Math.round(decodeMs);
    if (at === 0) this.#firstMs = time;
    const previous = at === 0 ? 0 : this.times[at - 1]!;
    const sinceFirst = Math.min(Math.max(time - this.#firstMs, previous), MAX_TIME_MS);
    this.positions[at] = position;
    this.sizes[at] = size;
    this.times[at] = sinceFirst;
    this.ticks[at] = ticks;
    // Memory that nothing is written to takes none, and most tracks have no offsets.
    if (compositionOffset !== 0) this.compositionOffsets[at] = compositionOffset;
    this.#lastDuration = duration;
    this.flags[at] = (description << 1) | (isKeyframe ? 1 : 0);
    if (isKeyframe) this.keyframeCount += 1;
    if (at > 0 && this.flags[at - 1]! >> 1 !== description) this.changeCount += 1;
    this.count = at + 1;
    this.#endMs = Math.max(this.#endMs, Math.min(endMs - this.#firstMs, MAX_TIME_MS));
    if (compositionOffset < 0) {
      this.delayMs = Math.max(this.delayMs, Math.round((-compositionOffset * 1000) / timescale));
    }
  }

  #grow(): void {
    if (this.count >= MAX_SAMPLES) {
      throw new ProtocolError("MP4_LIMIT_EXCEEDED", `more than ${MAX_SAMPLES} samples in a track`);
    }
    this.#growTo(Math.min(2 * this.count, MAX_SAMPLES));
  }

  #growTo(capacity: number): void {
    this.positions = copyInto(new Float64Array(capacity), this.positions);
    this.sizes = copyInto(new Uint32Array(capacity), this.sizes);
    this.times = copyInto(new Uint32Array(capacity), this.times);
    this.ticks = copyInto(new Float64Array(capacity), this.ticks);
    this.compositionOffsets = copyInto(new Int32Array(capacity), this.compositionOffsets);
    this.flags = copyInto(new Uint8Array(capacity), this.flags);
  }
}
