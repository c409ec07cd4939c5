import { type Box, fieldsOf, findBox, u32At } from "./boxes.ts";
import { Claims } from "./claims.ts";
import type { Track } from "./movie-reader.ts";
import type { Sample } from "./sample.ts";

/** What takes in the samples of a track. */
export interface SampleSink {
  /** So many samples are to come, and hardly ever fewer. */
  reserve(samples: number): void;
  /** The sample is valid until the next one. */
  add(sample: Sample): void;
}

/**
 * The samples of a track by the tables of `stbl` (ISO/IEC 14496-12 §8.6, §8.7), as far as the file has their bytes: those
 * behind `presentEnd` are left out. No table is believed to have more entries than bytes for
 * them. Throws MP4_INVALID.
 */
export function readSampleTables(
  medium: Track["medium"],
  tables: readonly Box[],
  presentEnd: number,
  sink: SampleSink,
): void {
  const sizes = new Sizes(findBox(tables, "stsz"));
  const chunks = new Chunks(tables);
  const durations = new Runs(findBox(tables, "stts"), false);
  const compositions = new Runs(findBox(tables, "ctts"), true);
  const keyframes = new Keyframes(medium === "video" ? findBox(tables, "stss") : undefined);
  const claims = new Claims();
  const sample = {
    ...{ position: 0, size: 0, ticks: 0, duration: 0 },
    ...{ compositionOffset: 0, isKeyframe: false, description: 0 },
  };
  let number = 0;
  let ticks = 0;
  sink.reserve(sizes.told);
  for (let chunk = 0; chunk < chunks.count && number < sizes.count; chunk += 1) {
    let position = chunks.position(chunk);
    const run = chunks.runOf(chunk);
    const end = Math.min(number + run.samples, sizes.count);
    while (number < end) {
      const size = sizes.at(number);
      if (position + size > presentEnd) {
        ticks += durations.skip(end - number);
        compositions.skip(end - number);
        number = end;
        break;
      }
      claims.add(size, presentEnd);
      sample.position = position;
      sample.size = size;
      sample.ticks = ticks;
      sample.duration = durations.next();
      sample.compositionOffset = compositions.next();
      sample.isKeyframe = keyframes.has(number);
      sample.description = run.description;
      if (size > 0) sink.add(sample);
      position += size;
      ticks += sample.duration;
      number += 1;
    }
  }
}

const NOTHING = new Uint8Array(0);

/** `stsz` (§8.7.3.2). */
class Sizes {
  readonly count: number;
  /** How many samples have a size of their own, which costs a file bytes; 0 where all are alike. */
  readonly told: number;
  readonly #uniform: number;
  readonly #table: Uint8Array;

  constructor(box: Uint8Array = NOTHING) {
    this.#uniform = box.length < 12 ? 0 : u32At(box, 4);
    const told = box.length < 12 ? 0 : u32At(box, 8);
    this.#table = box.subarray(12);
    this.told = this.#uniform > 0 ? 0 : Math.min(told, Math.floor(this.#table.length / 4));
    this.count = this.#uniform > 0 ? told : this.told;
  }

  at(number: number): number {
    return this.#uniform > 0 ? this.#uniform : u32At(this.#table, 4 * number);
  }
}

interface ChunkRun {
  readonly samples: number;
  readonly description: number;
}

/** `stco` or `co64` (§8.7.5), and `stsc` (§8.7.4). Chunks are to be asked for in their order. */
class Chunks {
  readonly count: number;
  readonly #isLong: boolean;
  readonly #offsets: Uint8Array;
  readonly #runs: Uint8Array;
  readonly #runCount: number;
  #run = 0;

  constructor(tables: readonly Box[]) {
    const long = findBox(tables, "co64");
    this.#isLong = long !== undefined;
    const offsets = new Table(long ?? findBox(tables, "stco"), this.#isLong ? 8 : 4);
    const runs = new Table(findBox(tables, "stsc"), 12);
    this.count = runs.count === 0 ? 0 : offsets.count;
    this.#offsets = offsets.entries;
    this.#runs = runs.entries;
    this.#runCount = runs.count;
  }

  position(chunk: number): number {
    if (!this.#isLong) return u32At(this.#offsets, 4 * chunk);
    return u32At(this.#offsets, 8 * chunk) * 2 ** 32 + u32At(this.#offsets, 8 * chunk + 4);
  }

  runOf(chunk: number): ChunkRun {
    while (this.#run + 1 < this.#runCount && u32At(this.#runs, 12 * (this.#run + 1)) <= chunk + 1)
      this.#run += 1;
    const at = 12 * this.#run;
    return { samples: u32At(this.#runs, at + 4), description: Math.max(0, u32At(this.#runs, at + 8) - 1) };
  }
}

/** `stts` or `ctts` (§8.6.1): how many samples have which value. Beyond the end, and without the box, is the last value. */
class Runs {
  readonly #entries: Uint8Array;
  readonly #count: number;
  readonly #isSigned: boolean;
  #run = -1;
  #left = 0;
  #value = 0;

  constructor(box: Uint8Array | undefined, isSigned: boolean) {
    const table = new Table(box, 8);
    this.#entries = table.entries;
    this.#count = table.count;
    this.#isSigned = isSigned;
  }

  next(): number {
    while (this.#left === 0 && this.#run + 1 < this.#count) this.#begin();
    if (this.#left > 0) this.#left -= 1;
    return this.#value;
  }

  /** All values of so many samples together. */
  skip(samples: number): number {
    let sum = 0;
    let left = samples;
    while (left > 0) {
      while (this.#left === 0 && this.#run + 1 < this.#count) this.#begin();
      const taken = this.#left > 0 ? Math.min(left, this.#left) : left;
      this.#left = Math.max(0, this.#left - taken);
      sum += taken * this.#value;
      left -= taken;
    }
    return sum;
  }

  #begin(): void {
    this.#run += 1;
    this.#left = u32At(this.#entries, 8 * this.#run);
    const value = u32At(this.#entries, 8 * this.#run + 4);
    // Many writers of version 0 write negative offsets, and none writes offsets of half the range.
    this.#value = this.#isSigned ? value | 0 : value;
  }
}

/** `stss` (§8.6.2): numbers of samples from 1, rising. Without the box all are such. */
class Keyframes {
  readonly #table: Table | undefined;
  #at = 0;

  constructor(box: Uint8Array | undefined) {
    this.#table = box && new Table(box, 4);
  }

  /** Samples are to be asked for in their order. */
  has(number: number): boolean {
    const table = this.#table;
    if (table === undefined) return true;
    while (this.#at < table.count && u32At(table.entries, 4 * this.#at) < number + 1) this.#at += 1;
    return this.#at < table.count && u32At(table.entries, 4 * this.#at) === number + 1;
  }
}

/** The entries behind version, flags and their number, which is not believed beyond the end of the box. */
class Table {
  readonly count: number;
  readonly entries: Uint8Array;

  constructor(box: Uint8Array = NOTHING, entryBytes: number) {
    this.entries = box.subarray(8);
    const told = box.length < 8 ? 0 : fieldsOf(box.subarray(4)).u32();
    this.count = Math.min(told, Math.floor(this.entries.length / entryBytes));
  }
}
