/** Stands in the index for the type of a header. RTMP has no message type 0. */
export const HEADER_TYPE = 0;

/** Marks, beside the type, where readers can begin. The types of log entries are lower. */
const SYNC = 0x80;

/** What an entry takes: the word of its offset, of its type and mark, of its timestamp and of its arrival. */
const WORDS = 4;
const TYPE = 1;
const TIMESTAMP = 2;
const ARRIVAL = 3;

/** How many entries it has room for at first: as many as 64 KiB of a usual stream are. */
const FIRST_ENTRIES = 64;

/** What a segment knows of its entries, in their order. It grows with them, since nearly all have far fewer than they may. */
export class EntryIndex {
  readonly #mostEntries: number;
  #words: Uint32Array;
  #length = 0;

  constructor(mostEntries: number) {
    this.#mostEntries = mostEntries;
    this.#words = new Uint32Array(WORDS * Math.min(FIRST_ENTRIES, mostEntries));
  }

  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#length === this.#mostEntries;
  }

  clear(): void {
    this.#length = 0;
  }

  /** It must not be full. `arrivedAfterMs`: since the segment was begun. */
  add(offset: number, type: number, timestamp: number, arrivedAfterMs: number): void {
    const at = WORDS * this.#length;
    if (at === this.#words.length) this.#grow();
    this.#words[at] = offset;
    this.#words[at + TYPE] = type;
    this.#words[at + TIMESTAMP] = timestamp;
    this.#words[at + ARRIVAL] = arrivedAfterMs;
    this.#length += 1;
  }

  /** Where the entry begins in the segment. */
  offset(index: number): number {
    return this.#words[WORDS * index]!;
  }

  /** The message type by which the entry is filtered, or {@link HEADER_TYPE}. */
  type(index: number): number {
    return this.#words[WORDS * index + TYPE]! & ~SYNC;
  }

  timestamp(index: number): number {
    return this.#words[WORDS * index + TIMESTAMP]!;
  }

  arrivedAfterMs(index: number): number {
    return this.#words[WORDS * index + ARRIVAL]!;
  }

  isSync(index: number): boolean {
    return (this.#words[WORDS * index + TYPE]! & SYNC) !== 0;
  }

  markSync(index: number): void {
    this.#words[WORDS * index + TYPE]! |= SYNC;
  }

  /** The index of the first entry that begins at or after `offset`. */
  from(offset: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.offset(middle) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #grow(): void {
    const words = new Uint32Array(Math.min(2 * this.#words.length, WORDS * this.#mostEntries));
    words.set(this.#words);
    this.#words = words;
  }
}
