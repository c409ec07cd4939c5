import { type ByteReader, type ByteWriter, ProtocolError } from "@headgate/bytes";
import { MAX_INDEX_ENTRIES } from "./limits.ts";

const FIRST_ENTRIES = 1024;
const SAVED_BYTES = 16;

/** The messages of a file in the order of the file: 20 bytes each. A type and a length of 24 bits share a word. */
export class EntryTable {
  readonly #maxEntries: number;
  #count = 0;
  /** A file may be longer than 4 GiB. */
  #positions = new Float64Array(FIRST_ENTRIES);
  #timesMs = new Uint32Array(FIRST_ENTRIES);
  /** The highest time so far. */
  #duesMs = new Uint32Array(FIRST_ENTRIES);
  #typesAndLengths = new Uint32Array(FIRST_ENTRIES);

  constructor(maxEntries: number = MAX_INDEX_ENTRIES) {
    this.#maxEntries = maxEntries;
  }

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.#maxEntries;
  }

  /** Throws FILE_INDEX_EXCEEDED if it is full. */
  add(type: number, timeMs: number, position: number, length: number): void {
    const at = this.#count;
    if (at === this.#positions.length) this.#grow();
    this.#positions[at] = position;
    this.#timesMs[at] = timeMs;
    this.#duesMs[at] = at === 0 ? timeMs : Math.max(timeMs, this.#duesMs[at - 1]!);
    this.#typesAndLengths[at] = (type << 24) | length;
    this.#count = at + 1;
  }

  type(i: number): number {
    return this.#typesAndLengths[i]! >>> 24;
  }

  length(i: number): number {
    return this.#typesAndLengths[i]! & 0xffffff;
  }

  position(i: number): number {
    return this.#positions[i]!;
  }

  timeMs(i: number): number {
    return this.#timesMs[i]!;
  }

  /** Never less than that of an entry before. */
  dueMs(i: number): number {
    return this.#duesMs[i]!;
  }

  /** The newest entry that is due at or before the time; the first if none is. */
  atOrBefore(timeMs: number): number {
    return Math.max(0, lastAtOrBefore(this.#duesMs, this.#count, timeMs));
  }

  /** The newest entry at or before a position of the file; the first if none is. */
  atOrBeforePosition(position: number): number {
    return Math.max(0, lastAtOrBefore(this.#positions, this.#count, position));
  }

  /** 16 bytes an entry: dues follow from times. */
  save(writer: ByteWriter): void {
    writer.u32(this.#count);
    saveValues(writer, this.#positions, this.#count);
    saveValues(writer, this.#timesMs, this.#count);
    saveValues(writer, this.#typesAndLengths, this.#count);
  }

  /** Throws a ProtocolError if this is not what was saved of a file that ended there. */
  static load(reader: ByteReader, end: number): EntryTable {
    const table = new EntryTable();
    const count = reader.u32();
    if (count * SAVED_BYTES > reader.remaining || count > MAX_INDEX_ENTRIES) throw notSaved();
    const capacity = Math.max(count, FIRST_ENTRIES);
    table.#count = count;
    table.#positions = loadValues(reader, new Float64Array(capacity), count);
    table.#timesMs = loadValues(reader, new Uint32Array(capacity), count);
    table.#typesAndLengths = loadValues(reader, new Uint32Array(capacity), count);
    table.#duesMs = new Uint32Array(capacity);
    table.#followPositionsAndTimes(end);
    return table;
  }

  #followPositionsAndTimes(end: number): void {
    let position = 0;
    let dueMs = 0;
    for (let i = 0; i < this.#count; i += 1) {
      if (!(this.#positions[i]! >= position) || !Number.isInteger(this.#positions[i])) throw notSaved();
      position = this.#positions[i]! + this.length(i);
      dueMs = Math.max(dueMs, this.#timesMs[i]!);
      this.#duesMs[i] = dueMs;
    }
    if (position > end) throw notSaved();
  }

  #grow(): void {
    if (this.isFull) {
      throw new ProtocolError("FILE_INDEX_EXCEEDED", `more than ${this.#maxEntries} messages in one file`);
    }
    const entries = Math.min(2 * this.#count, this.#maxEntries);
    this.#positions = grown(this.#positions, new Float64Array(entries));
    this.#timesMs = grown(this.#timesMs, new Uint32Array(entries));
    this.#duesMs = grown(this.#duesMs, new Uint32Array(entries));
    this.#typesAndLengths = grown(this.#typesAndLengths, new Uint32Array(entries));
  }
}

/** The last of the first `count` values, which never fall, that is at most `limit`; -1 if none is. */
export function lastAtOrBefore(values: Float64Array | Uint32Array, count: number, limit: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export function grown<Values extends Float64Array | Uint32Array>(values: Values, larger: Values): Values {
  larger.set(values);
  return larger;
}

/** As they are in memory, which is little-endian wherever Node runs. */
export function saveValues(writer: ByteWriter, values: Float64Array | Uint32Array, count: number): void {
  writer.raw(new Uint8Array(values.buffer, values.byteOffset, count * values.BYTES_PER_ELEMENT));
}

/** Into the first of the values, which have memory of their own. */
export function loadValues<Values extends Float64Array | Uint32Array>(
  reader: ByteReader,
  values: Values,
  count: number,
): Values {
  new Uint8Array(values.buffer).set(reader.take(count * values.BYTES_PER_ELEMENT));
  return values;
}

export function notSaved(): ProtocolError {
  return new ProtocolError("FLV_INVALID", "not the saved index of an FLV file");
}
