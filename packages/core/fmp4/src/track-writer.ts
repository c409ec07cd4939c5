import type { BoxWriter } from "./box-writer.ts";
import { OTHER_SAMPLE, SYNC_SAMPLE } from "./movie-box.ts";
import { SampleTable } from "./sample-table.ts";
import type { TrackDescription } from "./track-description.ts";

/** Samples of a fragment; a second has 30 to 60 pictures or 47 frames of sound. */
const INITIAL_SAMPLES = 64;
const INITIAL_BYTES = 16 * 1024;

/**
 * The samples of one track that are not yet written. The newest stays behind when a fragment is cut: how long it lasts is
 * known when the next comes, and a duration that does not reach it would be a hole at which players stop.
 */
export class TrackWriter {
  readonly id: number;
  readonly description: TrackDescription;
  readonly table: SampleTable = new SampleTable();
  #count = 0;
  #times = new Float64Array(INITIAL_SAMPLES);
  #compositionOffsets = new Int32Array(INITIAL_SAMPLES);
  /** Where each ends in the data. */
  #ends = new Uint32Array(INITIAL_SAMPLES);
  #keyframes = new Uint8Array(INITIAL_SAMPLES);
  #data = new Uint8Array(INITIAL_BYTES);
  #length = 0;
  /** How long the last sample of all has lasted, in ticks; a guess for the one that has no successor. */
  #lastDuration: number;

  constructor(id: number, description: TrackDescription, usualDuration: number) {
    this.id = id;
    this.description = description;
    this.#lastDuration = usualDuration;
  }

  /** Not yet written. */
  get heldBytes(): number {
    return this.#length;
  }

  /** Whether it has had no sample. */
  get isEmpty(): boolean {
    return this.#count === 0 && this.table.count === 0;
  }

  /** Where the newest sample ends, in ticks. */
  get endTicks(): number {
    if (this.#count > 0) return this.#times[this.#count - 1]! + this.#lastDuration;
    return this.table.firstTicks + this.table.durationTicks;
  }

  /** Times must rise from sample to sample. The data are copied. */
  add(ticks: number, compositionOffset: number, isKeyframe: boolean, data: Uint8Array): void {
    const at = this.#count;
    if (at === this.#times.length) this.#growSamples();
    if (this.#length + data.length > this.#data.length) this.#growData(this.#length + data.length);
    if (at === 0 && this.table.count === 0) this.table.firstTicks = ticks;
    if (at > 0) this.#lastDuration = ticks - this.#times[at - 1]!;
    this.#data.set(data, this.#length);
    this.#length += data.length;
    this.#times[at] = ticks;
    this.#compositionOffsets[at] = compositionOffset;
    this.#ends[at] = this.#length;
    this.#keyframes[at] = isKeyframe ? 1 : 0;
    this.#count = at + 1;
  }

  /** How many samples a fragment takes: all but the newest, or all. */
  ready(isLast: boolean): number {
    return isLast ? this.#count : Math.max(0, this.#count - 1);
  }

  bytesOf(samples: number): number {
    return samples === 0 ? 0 : this.#ends[samples - 1]!;
  }

  /** `traf` for so many samples (ISO/IEC 14496-12 §8.8.6 to §8.8.12). Returns where the offset of their data must be set. */
  writeFragment(writer: BoxWriter, samples: number): number {
    const isVideo = this.description.medium === "video";
    writer.open("traf").openFull("tfhd", 0, DEFAULT_BASE_IS_MOOF).u32(this.id).close();
    writer.openFull("tfdt", 1, 0).u64(this.#times[0]!).close();
    writer.openFull("trun", this.#isSigned(samples) ? 1 : 0, isVideo ? VIDEO_RUN : AUDIO_RUN).u32(samples);
    const offsetAt = writer.length;
    writer.u32(0);
    for (let at = 0; at < samples; at += 1) {
      writer.u32(this.#durationOf(at)).u32(this.#sizeOf(at));
      if (!isVideo) continue;
      writer.u32(this.#keyframes[at] === 1 ? SYNC_SAMPLE : OTHER_SAMPLE).u32(this.#compositionOffsets[at]!);
    }
    writer.close().close();
    return offsetAt;
  }

  /** The data of so many samples, which are at this position of the file; forgets them but for the index. */
  take(samples: number, position: number): Uint8Array {
    this.table.beginChunk(position);
    for (let at = 0; at < samples; at += 1) {
      const isKeyframe = this.#keyframes[at] === 1;
      this.table.add(this.#sizeOf(at), this.#durationOf(at), this.#compositionOffsets[at]!, isKeyframe);
    }
    const end = this.bytesOf(samples);
    const taken = this.#data.subarray(0, end);
    this.#keepFrom(samples, end);
    return taken;
  }

  #sizeOf(at: number): number {
    return this.#ends[at]! - (at === 0 ? 0 : this.#ends[at - 1]!);
  }

  #durationOf(at: number): number {
    return at + 1 < this.#count ? this.#times[at + 1]! - this.#times[at]! : this.#lastDuration;
  }

  #isSigned(samples: number): boolean {
    for (let at = 0; at < samples; at += 1) if (this.#compositionOffsets[at]! < 0) return true;
    return false;
  }

  /** What was taken is being written to the file: what comes needs memory of its own, about as much as before. */
  #keepFrom(samples: number, end: number): void {
    const held = this.#data.subarray(end, this.#length);
    const data = new Uint8Array(Math.max(INITIAL_BYTES, held.length, end + (end >> 3)));
    data.set(held);
    this.#data = data;
    this.#length = held.length;
    for (let at = samples; at < this.#count; at += 1) {
      this.#times[at - samples] = this.#times[at]!;
      this.#compositionOffsets[at - samples] = this.#compositionOffsets[at]!;
      this.#ends[at - samples] = this.#ends[at]! - end;
      this.#keyframes[at - samples] = this.#keyframes[at]!;
    }
    this.#count -= samples;
  }

  #growSamples(): void {
    const capacity = 2 * this.#count;
    const [times, offsets] = [new Float64Array(capacity), new Int32Array(capacity)];
    const [ends, keyframes] = [new Uint32Array(capacity), new Uint8Array(capacity)];
    times.set(this.#times);
    offsets.set(this.#compositionOffsets);
    ends.set(this.#ends);
    keyframes.set(this.#keyframes);
    this.#times = times;
    this.#compositionOffsets = offsets;
    this.#ends = ends;
    this.#keyframes = keyframes;
  }

  #growData(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, 2 * this.#data.length));
    grown.set(this.#data.subarray(0, this.#length));
    this.#data = grown;
  }
}

const DEFAULT_BASE_IS_MOOF = 0x02_0000;
/** Data offset, and of each sample its duration, size, flags and composition offset. */
const VIDEO_RUN = 0xf01;
/** Data offset, and of each sample its duration and size. */
const AUDIO_RUN = 0x301;
