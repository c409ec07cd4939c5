import { ProtocolError } from "@headgate/bytes";
import { BoxScanner, type Fragment } from "./box-scanner.ts";
import type { FileOpening } from "./file-opening.ts";
import { FragmentReader } from "./fragment-reader.ts";
import { type Movie, readMovie, type Track } from "./movie-reader.ts";
import { Mp4Index } from "./mp4-index.ts";
import type { Sample } from "./sample.ts";
import { SampleColumns } from "./sample-columns.ts";
import { readSampleTables } from "./sample-tables.ts";

/**
 * Opens an MP4 file of any writer (ISO/IEC 14496-12): ordinary ones with `moov` in front or at the end, fragmented ones, and
 * files that are being written or were cut off. What is not there is not in the index. Throws ProtocolErrors with the
 * codes MP4_INVALID, MP4_LIMIT_EXCEEDED and MP4_UNSUPPORTED; nothing is to be fed after that.
 */
export class Mp4Opening implements FileOpening<Mp4Index> {
  readonly #scanner: BoxScanner;
  #isGrowing: boolean;
  #movie: Movie | undefined;
  #fragments: FragmentReader | undefined;
  #columns: ReadonlyMap<number, SampleColumns> = new Map();
  #hasTables = false;
  #index: Mp4Index | undefined;

  /** `isGrowing`: the file is being written, in fragments. */
  constructor(isGrowing = false) {
    this.#isGrowing = isGrowing;
    const sink = {
      box: () => {},
      movie: (body: Uint8Array) => this.#openMovie(body),
      fragment: (fragment: Fragment, presentEnd: number) => this.#addFragment(fragment, presentEnd),
      end: (length: number) => this.#finish(length),
    };
    this.#scanner = new BoxScanner(sink, isGrowing);
  }

  get wants(): { readonly position: number; readonly length: number } | undefined {
    return this.#scanner.wants;
  }

  feed(bytes: Uint8Array): void {
    this.#scanner.feed(bytes);
  }

  /** The file has grown, or grows no longer: wants what has come since, which the same index then has. */
  extend(isGrowing: boolean): void {
    this.#isGrowing = isGrowing;
    this.#scanner.extend(isGrowing);
  }

  get index(): Mp4Index {
    if (this.#index === undefined) throw new Error("the file is not open yet");
    return this.#index;
  }

  #openMovie(body: Uint8Array): void {
    this.#movie = readMovie(body);
    const tracks = this.#movie.tracks.map(({ track }) => track);
    this.#fragments = new FragmentReader(tracks);
    this.#columns = new Map(tracks.map((track) => [track.id, new SampleColumns(track)]));
  }

  #addFragment(fragment: Fragment, presentEnd: number): void {
    this.#readTables(presentEnd);
    this.#fragments?.read(fragment, presentEnd, (track, sample) => this.#add(track, sample));
  }

  #finish(length: number): void {
    if (this.#movie === undefined)
      throw new ProtocolError("MP4_INVALID", "no moov, so not an MP4 file or cut off before");
    this.#readTables(length);
    if (this.#index) this.#index.extend(this.#isGrowing);
    else this.#index = new Mp4Index([...this.#columns.values()], this.#movie.startedMs, this.#isGrowing);
  }

  /** The samples of `moov` come before those of fragments. */
  #readTables(presentEnd: number): void {
    if (this.#hasTables || this.#movie === undefined) return;
    this.#hasTables = true;
    for (const { track, tables } of this.#movie.tracks) {
      const columns = this.#columns.get(track.id)!;
      readSampleTables(track.medium, tables, presentEnd, {
        reserve: (samples) => columns.reserve(samples),
        add: (sample) => this.#add(track, sample),
      });
    }
  }

  #add(track: Track, sample: Sample): void {
    if (track.descriptions[sample.description]) this.#columns.get(track.id)!.add(sample);
  }
}
