import { type ByteReader, ProtocolError } from "@headgate/bytes";
import type { Fragment } from "./box-scanner.ts";
import { fieldsOf, findBox, readBoxes, readU64 } from "./boxes.ts";
import { Claims } from "./claims.ts";
import type { Track, TrackDefaults } from "./movie-reader.ts";
import type { Sample } from "./sample.ts";

/** Reads `moof` boxes (ISO/IEC 14496-12 §8.8.4 to §8.8.12) one after the other. */
export class FragmentReader {
  readonly #tracks: ReadonlyMap<number, Track>;
  /** Where the next fragment of a track begins if it does not say. */
  readonly #nextTicks = new Map<number, number>();
  readonly #claims = new Claims();

  constructor(tracks: readonly Track[]) {
    this.#tracks = new Map(tracks.map((track) => [track.id, track]));
  }

  /**
   * The samples of known tracks. Runs that have no bytes for each of their samples are believed up to `presentEnd`. Throws
   * MP4_INVALID.
   */
  read({ moof, position }: Fragment, presentEnd: number, add: (track: Track, sample: Sample) => void): void {
    let nextData = position;
    for (const { type, body } of readBoxes(moof)) {
      if (type !== "traf") continue;
      const boxes = readBoxes(body);
      const header = findBox(boxes, "tfhd");
      if (header === undefined) throw new ProtocolError("MP4_INVALID", "a traf without tfhd");
      const { trackId, base, ...defaults } = readHeader(header, position, nextData, this.#tracks);
      const track = this.#tracks.get(trackId);
      let ticks = readDecodeTime(findBox(boxes, "tfdt")) ?? this.#nextTicks.get(trackId) ?? 0;
      let data = base;
      for (const box of boxes) {
        if (box.type !== "trun") continue;
        const run = new Run(box.body, defaults, { base, data, ticks, presentEnd });
        run.read(track, this.#claims, add);
        ({ data, ticks } = run);
      }
      nextData = data;
      if (track) this.#nextTicks.set(trackId, ticks);
    }
  }
}

const NO_DEFAULTS: TrackDefaults = { description: 1, duration: 0, size: 0, flags: 0 };
const IS_DEFAULT_BASE_MOOF = 0x02_0000;

/** `tfhd` (§8.8.7), over what `trex` says. `nextData`: behind the data of the track before. */
function readHeader(
  header: Uint8Array,
  moofPosition: number,
  nextData: number,
  tracks: ReadonlyMap<number, Track>,
): TrackDefaults & { readonly trackId: number; readonly base: number } {
  const fields = fieldsOf(header);
  const flags = fields.u32() & 0xff_ffff;
  const trackId = fields.u32();
  const defaults = tracks.get(trackId)?.defaults ?? NO_DEFAULTS;
  const implied = (flags & IS_DEFAULT_BASE_MOOF) !== 0 ? moofPosition : nextData;
  return {
    trackId,
    base: (flags & 0x01) !== 0 ? readU64(fields) : implied,
    description: (flags & 0x02) !== 0 ? fields.u32() : defaults.description,
    duration: (flags & 0x08) !== 0 ? fields.u32() : defaults.duration,
    size: (flags & 0x10) !== 0 ? fields.u32() : defaults.size,
    flags: (flags & 0x20) !== 0 ? fields.u32() : defaults.flags,
  };
}

function readDecodeTime(tfdt: Uint8Array | undefined): number | undefined {
  if (tfdt === undefined) return undefined;
  const fields = fieldsOf(tfdt);
  return fields.u32() >>> 24 === 1 ? readU64(fields) : fields.u32();
}

interface RunBeginning {
  readonly base: number;
  readonly data: number;
  readonly ticks: number;
  readonly presentEnd: number;
}

/** A recovery looks at a fragment before it takes it. */
const MAX_READINGS = 2;

const HAS = {
  offset: 0x01,
  firstFlags: 0x04,
  duration: 0x100,
  size: 0x200,
  flags: 0x400,
  composition: 0x800,
};
const IS_NOT_SYNC = 0x01_0000;

/** `trun` (§8.8.8). */
class Run {
  /** Behind the samples, when they are read. */
  data: number;
  ticks: number;
  readonly #fields: ByteReader;
  readonly #flags: number;
  readonly #isSigned: boolean;
  readonly #defaults: TrackDefaults;
  readonly #firstFlags: number | undefined;
  readonly #count: number;
  readonly #entryBytes: number;
  readonly #presentEnd: number;

  constructor(box: Uint8Array, defaults: TrackDefaults, { base, data, ticks, presentEnd }: RunBeginning) {
    const fields = fieldsOf(box);
    const versionAndFlags = fields.u32();
    this.#isSigned = versionAndFlags >>> 24 !== 0;
    this.#flags = versionAndFlags & 0xff_ffff;
    this.#count = fields.u32();
    this.data = this.#has(HAS.offset) ? base + fields.i32() : data;
    this.#firstFlags = this.#has(HAS.firstFlags) ? fields.u32() : undefined;
    this.ticks = ticks;
    this.#fields = fields;
    this.#defaults = defaults;
    this.#presentEnd = presentEnd;
    const optional = [HAS.duration, HAS.size, HAS.flags, HAS.composition];
    this.#entryBytes = 4 * optional.filter((flag) => this.#has(flag)).length;
  }

  read(track: Track | undefined, claims: Claims, add: (track: Track, sample: Sample) => void): void {
    const count = this.#believedCount(claims);
    const { duration: usualDuration, size: usualSize, flags: usualFlags } = this.#defaults;
    const description = Math.max(0, this.#defaults.description - 1);
    const fields = this.#fields;
    for (let at = 0; at < count; at += 1) {
      const duration = this.#has(HAS.duration) ? fields.u32() : usualDuration;
      const size = this.#has(HAS.size) ? fields.u32() : usualSize;
      const told = this.#has(HAS.flags) ? fields.u32() : usualFlags;
      const flags = at === 0 ? (this.#firstFlags ?? told) : told;
      const compositionOffset = this.#has(HAS.composition) ? this.#compositionOffset() : 0;
      if (track && size > 0 && this.data >= 0 && this.data + size <= this.#presentEnd) {
        const isKeyframe = track.medium === "audio" || (flags & IS_NOT_SYNC) === 0;
        const { data: position, ticks } = this;
        add(track, { position, size, ticks, duration, compositionOffset, isKeyframe, description });
      }
      this.data += size;
      this.ticks += duration;
    }
  }

  /** A number of samples costs nothing to write where all of them are alike. */
  #believedCount(claims: Claims): number {
    if (this.#entryBytes > 0) {
      const most = Math.floor(this.#fields.remaining / this.#entryBytes);
      if (this.#count > most)
        throw new ProtocolError("MP4_INVALID", `a trun with ${most} of ${this.#count} samples`);
      return this.#count;
    }
    const { size } = this.#defaults;
    const left = Math.max(0, this.#presentEnd - this.data);
    const count = size === 0 || this.data < 0 ? 0 : Math.min(this.#count, Math.floor(left / size));
    claims.add(count * size, MAX_READINGS * this.#presentEnd);
    return count;
  }

  #compositionOffset(): number {
    return this.#isSigned ? this.#fields.i32() : this.#fields.u32() | 0;
  }

  #has(flag: number): boolean {
    return (this.#flags & flag) !== 0;
  }
}
