import { copyInto } from "./copy-into.ts";
import { MAX_SAMPLES } from "./limits.ts";

const INITIAL_SAMPLES = 1024;
const INITIAL_CHUNKS = 64;
const KEYFRAME = 0x8000_0000;

/**
 * What the `moov` of a finished file needs of the samples of a track: 12 bytes for each, and 12 for each chunk, which is what a
 * fragment has of the track. Times are in ticks of the track.
 */
export class SampleTable {
  count = 0;
  chunkCount = 0;
  /** The highest bit says that it is a keyframe. */
  sizes: Uint32Array;
  durations: Uint32Array;
  compositionOffsets: Int32Array;
  chunkPositions: Float64Array = new Float64Array(INITIAL_CHUNKS);
  chunkSamples: Uint32Array = new Uint32Array(INITIAL_CHUNKS);
  keyframeCount = 0;
  /** Of all samples, and 0. */
  lowestCompositionOffset = 0;
  highestCompositionOffset = 0;
  /** The decoding time of the first. */
  firstTicks = 0;
  /** All samples together. */
  durationTicks = 0;
  /** When, counted from `firstTicks`, the first is shown and the last has been shown. */
  shownFromTicks: number = Number.POSITIVE_INFINITY;
  shownToTicks = 0;

  /** With room for so many samples; it grows. */
  constructor(samples: number = INITIAL_SAMPLES) {
    this.sizes = new Uint32Array(samples);
    this.durations = new Uint32Array(samples);
    this.compositionOffsets = new Int32Array(samples);
  }

  get isFull(): boolean {
    return this.count >= MAX_SAMPLES;
  }

  /** The samples added from here on lie one behind the other from this position on. */
  beginChunk(position: number): void {
    if (this.chunkCount === this.chunkPositions.length) {
      const capacity = 2 * this.chunkCount;
      this.chunkPositions = copyInto(new Float64Array(capacity), this.chunkPositions);
      this.chunkSamples = copyInto(new Uint32Array(capacity), this.chunkSamples);
    }
    this.chunkPositions[this.chunkCount] = position;
    this.chunkSamples[this.chunkCount] = 0;
    this.chunkCount += 1;
  }

  add(size: number, durationTicks: number, compositionOffset: number, isKeyframe: boolean): void {
    if (this.count === this.sizes.length) this.#grow();
    const at = this.count;
    this.sizes[at] = isKeyframe ? (size | KEYFRAME) >>> 0 : size;
    this.durations[at] = durationTicks;
    this.compositionOffsets[at] = compositionOffset;
    if (isKeyframe) this.keyframeCount += 1;
    this.lowestCompositionOffset = Math.min(this.lowestCompositionOffset, compositionOffset);
    this.highestCompositionOffset = Math.max(this.highestCompositionOffset, compositionOffset);
    this.count = at + 1;
    this.chunkSamples[this.chunkCount - 1]! += 1;
    this.shownFromTicks = Math.min(this.shownFromTicks, this.durationTicks + compositionOffset);
    this.shownToTicks = Math.max(this.shownToTicks, this.durationTicks + compositionOffset + durationTicks);
    this.durationTicks += durationTicks;
  }

  size(at: number): number {
    return this.sizes[at]! & ~KEYFRAME;
  }

  isKeyframe(at: number): boolean {
    return this.sizes[at]! >= KEYFRAME;
  }

  #grow(): void {
    const capacity = 2 * this.count;
    this.sizes = copyInto(new Uint32Array(capacity), this.sizes);
    this.durations = copyInto(new Uint32Array(capacity), this.durations);
    this.compositionOffsets = copyInto(new Int32Array(capacity), this.compositionOffsets);
  }
}
