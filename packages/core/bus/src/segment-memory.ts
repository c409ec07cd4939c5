import { EntryIndex } from "./entry-index.ts";
import { MIN_BYTES_PER_ENTRY } from "./limits.ts";

/** What a segment is made of: room for its bytes, and for what it knows of its entries. */
export class SegmentMemory {
  readonly bytes: Uint8Array;
  readonly index: EntryIndex;

  constructor(capacity: number, maxEntries: number = usualEntries(capacity)) {
    this.bytes = new Uint8Array(capacity);
    this.index = new EntryIndex(maxEntries);
  }
}

function usualEntries(capacity: number): number {
  return Math.max(1, Math.floor(capacity / MIN_BYTES_PER_ENTRY));
}
