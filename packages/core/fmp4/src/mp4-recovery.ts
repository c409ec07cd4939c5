import { ProtocolError } from "@headgate/bytes";
import { BoxScanner, type Fragment } from "./box-scanner.ts";
import type { FileOpening } from "./file-opening.ts";
import type { Finish } from "./fmp4-writer.ts";
import { FragmentReader } from "./fragment-reader.ts";
import { type FinishedTrack, finishedMovie } from "./movie-box.ts";
import { type Movie, readMovie, type Track } from "./movie-reader.ts";
import { openingMdat, PLACEHOLDER_BYTES } from "./placeholder.ts";
import type { Sample } from "./sample.ts";
import { SampleTable } from "./sample-table.ts";

/** What makes an ordinary MP4 of a file that was not finished. */
export interface Mp4Repair extends Finish {
  /** Whether nothing is to be done: the file is an ordinary MP4 already. */
  readonly isFinished: boolean;
  /** Whether it was cut off before its first fragment was whole: there is nothing to be kept. */
  readonly isEmpty: boolean;
  /** Up to where the file is good; it must be cut there before `tail` is appended. */
  readonly truncateTo: number;
  readonly durationMs: number;
}

/**
 * Reads what is left of a file of `Fmp4Writer` that was not finished, wherever it was cut off: all fragments that are whole
 * are kept up to the first that is damaged. Throws ProtocolErrors: MP4_INVALID if the first one is damaged, or this is no MP4 file,
 * MP4_UNSUPPORTED if another program wrote it.
 */
export class Mp4Recovery implements FileOpening<Mp4Repair> {
  readonly #scanner = new BoxScanner({
    box: (type, position, size) => this.#noteBox(type, position, size),
    movie: (body) => this.#openMovie(body),
    fragment: (fragment, presentEnd) => this.#addFragment(fragment, presentEnd),
    end: (length) => this.#finish(length),
  });
  readonly #layout: string[] = [];
  #placeholderPosition = 0;
  #movie: Movie | undefined;
  #fragments: FragmentReader | undefined;
  #tracks: ReadonlyMap<number, FinishedTrack> = new Map();
  /** Where the last box ends, by its header. */
  #boxesEnd = 0;
  #goodEnd = 0;
  #isDamaged = false;
  #repair: Mp4Repair | undefined;

  get wants(): { readonly position: number; readonly length: number } | undefined {
    return this.#scanner.wants;
  }

  feed(bytes: Uint8Array): void {
    this.#scanner.feed(bytes);
  }

  get index(): Mp4Repair {
    if (this.#repair === undefined) throw new Error("the file has not been read yet");
    return this.#repair;
  }

  #noteBox(type: string, position: number, size: number): void {
    this.#boxesEnd = position + size;
    if (this.#layout.length === LAYOUT.length) return;
    const isPlaceholder = type === "free" && size === PLACEHOLDER_BYTES;
    if (isPlaceholder) this.#placeholderPosition = position;
    this.#layout.push(isPlaceholder ? PLACEHOLDER : type);
  }

  #openMovie(body: Uint8Array): void {
    this.#movie = readMovie(body);
    const tracks = this.#movie.tracks.map(({ track }) => track);
    this.#fragments = new FragmentReader(tracks);
    this.#tracks = new Map(tracks.map((track) => [track.id, finishedTrack(track)]));
  }

  #addFragment(fragment: Fragment, presentEnd: number): void {
    const { dataEnd } = fragment;
    if (dataEnd === undefined || dataEnd > presentEnd || !this.#isReadable(fragment, presentEnd)) return;
    let last: FinishedTrack | undefined;
    this.#fragments?.read(fragment, presentEnd, (track, sample) => {
      const finished = this.#tracks.get(track.id)!;
      // Each run of a track is a chunk, as it was when the fragment was written.
      if (finished !== last) finished.table.beginChunk(sample.position);
      last = finished;
      addTo(finished.table, sample);
    });
    this.#goodEnd = dataEnd;
  }

  /** Blocks that never reached the disk may be anywhere in the last seconds; what follows them is given up. */
  #isReadable(fragment: Fragment, presentEnd: number): boolean {
    if (this.#isDamaged) return false;
    const nextTicks = new Map<number, number>();
    let isGapless = true;
    try {
      this.#fragments?.read(fragment, presentEnd, ({ id }, { ticks, duration }) => {
        // A duration always reaches the next sample: where it does not, something is missing.
        const expected = nextTicks.get(id) ?? nextTicksOf(this.#tracks.get(id)!.table) ?? ticks;
        isGapless &&= ticks === expected;
        nextTicks.set(id, ticks + duration);
      });
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      isGapless = false;
    }
    this.#isDamaged = !isGapless || nextTicks.size === 0;
    return !this.#isDamaged;
  }

  #finish(length: number): void {
    this.#repair = this.#isEmpty(length) ? NOTHING_TO_KEEP : this.#judge(length);
  }

  /** Whether the file is the beginning of one of ours, and ends in the box that came last. */
  #isEmpty(length: number): boolean {
    const isBeginning = this.#layout.length > 0 && this.#layout.every((type, at) => type === LAYOUT[at]);
    const isWhole = this.#goodEnd > 0 || this.#isDamaged;
    return isBeginning && !isWhole && length - this.#boxesEnd < BOX_HEADER_BYTES;
  }

  #judge(length: number): Mp4Repair {
    if (this.#movie === undefined) throw new ProtocolError("MP4_INVALID", "no moov, so not an MP4 file");
    const isFinished = !this.#movie.isFragmented;
    if (!isFinished && this.#layout.join() !== LAYOUT.join()) {
      throw new ProtocolError("MP4_UNSUPPORTED", "a fragmented file that was not begun by this server");
    }
    return isFinished ? nothingToDo(length) : this.#makeRepair(this.#movie);
  }

  #makeRepair({ startedMs }: Movie): Mp4Repair {
    const tracks = [...this.#tracks.values()].filter(({ table }) => table.count > 0);
    if (tracks.length === 0) throw new ProtocolError("MP4_INVALID", "the first fragment is damaged");
    const ends = tracks.map(
      ({ table, description }) => ((table.firstTicks + table.durationTicks) * 1000) / description.timescale,
    );
    return {
      isFinished: false,
      isEmpty: false,
      truncateTo: this.#goodEnd,
      tail: [finishedMovie(tracks, startedMs)],
      patch: openingMdat(this.#placeholderPosition, this.#goodEnd),
      durationMs: Math.round(Math.max(...ends)),
    };
  }
}

const PLACEHOLDER = "placeholder";
/** How a file of `Fmp4Writer` begins. */
const LAYOUT = ["ftyp", PLACEHOLDER, "ftyp", "moov"];

const BOX_HEADER_BYTES = 8;

const NO_CHANGE = { tail: [], patch: openingMdat(0, 0), durationMs: 0 };

const NOTHING_TO_KEEP: Mp4Repair = { isFinished: false, isEmpty: true, truncateTo: 0, ...NO_CHANGE };

function nothingToDo(length: number): Mp4Repair {
  return { isFinished: true, isEmpty: false, truncateTo: length, ...NO_CHANGE };
}

function finishedTrack({ id, medium, timescale, descriptions }: Track): FinishedTrack {
  const { width, height, sampleEntry } = descriptions.find((entry) => entry !== undefined)!;
  return { id, description: { medium, timescale, width, height, sampleEntry }, table: new SampleTable() };
}

function nextTicksOf({ count, firstTicks, durationTicks }: SampleTable): number | undefined {
  return count > 0 ? firstTicks + durationTicks : undefined;
}

function addTo(table: SampleTable, sample: Sample): void {
  const { ticks, size, duration, compositionOffset, isKeyframe } = sample;
  if (table.count === 0) table.firstTicks = ticks;
  if (table.isFull) {
    throw new ProtocolError("MP4_LIMIT_EXCEEDED", `more than ${table.count} samples in a track`);
  }
  table.add(size, duration, compositionOffset, isKeyframe);
}
