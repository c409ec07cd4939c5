import type { ByteReader, ByteWriter } from "@headgate/bytes";
import { grown, lastAtOrBefore, loadValues, notSaved, saveValues } from "./entry-table.ts";

const FIRST_POINTS = 256;

/** The entries of an index where pictures can begin: 8 bytes each. */
export class SyncPoints {
  #count = 0;
  #entries = new Uint32Array(FIRST_POINTS);
  #timesMs = new Uint32Array(FIRST_POINTS);

  get count(): number {
    return this.#count;
  }

  add(entry: number, timeMs: number): void {
    const at = this.#count;
    if (at === this.#entries.length) {
      this.#entries = grown(this.#entries, new Uint32Array(2 * at));
      this.#timesMs = grown(this.#timesMs, new Uint32Array(2 * at));
    }
    this.#entries[at] = entry;
    this.#timesMs[at] = at === 0 ? timeMs : Math.max(timeMs, this.#timesMs[at - 1]!);
    this.#count = at + 1;
  }

  /** The entry of a point. */
  entry(point: number): number {
    return this.#entries[point]!;
  }

  /** The entry of the newest point at or before the time. */
  atOrBefore(timeMs: number): number | undefined {
    return this.#entryOf(lastAtOrBefore(this.#timesMs, this.#count, timeMs));
  }

  /** The entry of the newest point at or before an entry. */
  atOrBeforeEntry(entry: number): number | undefined {
    return this.#entryOf(lastAtOrBefore(this.#entries, this.#count, entry));
  }

  save(writer: ByteWriter): void {
    writer.u32(this.#count);
    saveValues(writer, this.#entries, this.#count);
    saveValues(writer, this.#timesMs, this.#count);
  }

  /** Throws a ProtocolError if this is not what was saved of an index with so many entries. */
  static load(reader: ByteReader, entryCount: number): SyncPoints {
    const points = new SyncPoints();
    const count = reader.u32();
    if (count > entryCount) throw notSaved();
    const capacity = Math.max(count, FIRST_POINTS);
    points.#count = count;
    points.#entries = loadValues(reader, new Uint32Array(capacity), count);
    points.#timesMs = loadValues(reader, new Uint32Array(capacity), count);
    for (let at = 0; at < count; at += 1) {
      if (points.#entries[at]! >= entryCount) throw notSaved();
    }
    return points;
  }

  #entryOf(point: number): number | undefined {
    return point < 0 ? undefined : this.#entries[point];
  }
}
