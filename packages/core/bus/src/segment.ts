import { type Message, MessageType } from "@headgate/message";
import { type EntryIndex, HEADER_TYPE } from "./entry-index.ts";
import type { Framing } from "./framing.ts";
import type { Pinned } from "./pinned.ts";
import type { SegmentMemory } from "./segment-memory.ts";

/** Which entries a reader wants. All readers get headers: they may want the frames that need them at any moment. */
export interface EntryFilter {
  readonly audio: boolean;
  readonly video: boolean;
}

/** Where an entry stands, and its times. */
export interface EntryPosition {
  readonly position: number;
  readonly timestamp: number;
  /** When it arrived, in milliseconds of the driver's clock. */
  readonly arrivedMs: number;
}

/** An entry for readers that take messages. */
export interface Entry {
  /** Its payload may be a view of the log's memory, and must not be changed. */
  readonly message: Message;
  /** Whether it is metadata or a decoder configuration. */
  readonly isHeader: boolean;
  /** Whether a reader can begin here. */
  readonly isSync: boolean;
  readonly arrivedMs: number;
}

export interface SegmentOptions {
  readonly framing: Framing;
  /** The log position of the first byte. */
  readonly base: number;
  readonly memory: SegmentMemory;
  /** The number of its first entry among all entries of the stream. */
  readonly firstNumber?: number;
}

/**
 * One contiguous piece of a log: entries one after the other, as the log's framing writes them. Written bytes never change,
 * since writes in flight point into them: a viewer with other wishes than the usual gets a copy.
 */
export class Segment implements Pinned {
  /** The log position of the first byte. */
  readonly base: number;
  readonly firstNumber: number;
  /** When it was begun, in milliseconds of the driver's clock. */
  readonly startedMs: number;
  /** Bytes in use, always a whole number of entries. */
  used = 0;
  /** When the newest entry arrived, likewise. */
  newestMs: number;
  readonly #framing: Framing;
  readonly #bytes: Uint8Array;
  readonly #index: EntryIndex;
  readonly #memory: SegmentMemory;
  /** Whether views of its bytes are in use for longer than a call. Nobody says when they no longer are. */
  #isLent = false;
  /** The newest entry of each kind: readers that wait for one do not look at all that comes after it. */
  readonly #newest: Record<EntryKind, number> = { frame: -1, content: -1, sync: -1 };
  #shared: Uint8Array | undefined;
  #pins = 0;
  #onFree: (() => void) | undefined;

  constructor(options: SegmentOptions, nowMs: number) {
    const { framing, base, memory, firstNumber = 0 } = options;
    this.base = base;
    this.firstNumber = firstNumber;
    this.startedMs = nowMs;
    this.newestMs = nowMs;
    this.#framing = framing;
    this.#memory = memory;
    this.#bytes = memory.bytes;
    this.#index = memory.index;
  }

  get capacity(): number {
    return this.#bytes.length;
  }

  get end(): number {
    return this.base + this.used;
  }

  /** Whether bytes of it are on their way to a viewer. */
  get isPinned(): boolean {
    return this.#pins > 0;
  }

  get isDropped(): boolean {
    return this.#onFree !== undefined;
  }

  /** Bytes of it are on their way to a viewer, until it is unpinned. */
  pin(): Pinned {
    this.#pins += 1;
    return this;
  }

  unpin(): void {
    this.#pins -= 1;
    if (this.#pins === 0) this.#onFree?.();
  }

  /** The log has dropped it. Returns whether its memory is free at once; if not, `onFree` is called when it is. */
  drop(onFree: () => void): boolean {
    if (this.isPinned) this.#onFree = onFree;
    return !this.isPinned;
  }

  /** From now on its memory is never another segment's. */
  lend(): void {
    this.#isLent = true;
  }

  /** Its memory for another segment, unless it was lent. This one is not used afterwards. */
  reclaim(): SegmentMemory | undefined {
    return this.#isLent ? undefined : this.#memory;
  }

  hasRoomFor(length: number): boolean {
    return !this.#index.isFull && length <= this.#bytes.length - this.used;
  }

  /** Appends an entry and returns its position. The caller has made sure there is room. */
  append(message: Message, nowMs: number, isHeader: boolean = false): number {
    const offset = this.used;
    const type = isHeader ? HEADER_TYPE : message.type;
    if (!isHeader) this.#newest.content = this.#index.length;
    if (!isHeader && isFrame(type)) this.#newest.frame = this.#index.length;
    this.#index.add(offset, type, message.timestamp, nowMs - this.startedMs);
    this.used = this.#framing.write(this.#bytes, offset, message);
    this.newestMs = nowMs;
    return this.base + offset;
  }

  /**
   * The bytes from a position on, up to the end of an entry: all there are, or at least one entry and about `maxBytes`.
   * Viewers at the same position get the same view. It may be used until the segment is dropped, or else the segment is lent.
   */
  slice(position: number, maxBytes: number): Uint8Array {
    const from = position - this.base;
    const length = this.lengthFrom(position, maxBytes);
    const shared = this.#shared;
    if (shared?.byteOffset === from && shared.length === length) return shared;
    this.#shared = this.#bytes.subarray(from, from + length);
    return this.#shared;
  }

  /** How many bytes {@link slice} returns. */
  lengthFrom(position: number, maxBytes: number): number {
    const from = position - this.base;
    const left = this.used - from;
    return left <= maxBytes ? left : this.#entryEnd(from + maxBytes, from) - from;
  }

  /**
   * Copies the wanted ones among the entries that {@link slice} would return. `netStreamId` says for which NetStream, if not
   * for the one they are written for.
   */
  copy(position: number, length: number, filter: EntryFilter, netStreamId?: number): Uint8Array {
    const entries = this.#wanted(position - this.base, length, filter);
    const copy = new Uint8Array(entries.reduce((sum, entry) => sum + entry.length, 0));
    let written = 0;
    for (const entry of entries) {
      copy.set(entry, written);
      const end = written + entry.length;
      if (netStreamId !== undefined) this.#framing.address?.(copy.subarray(written, end), netStreamId);
      written = end;
    }
    return copy;
  }

  /** Whether a reader wants all of the entries that {@link slice} would return. */
  wantsAll(position: number, length: number, filter: EntryFilter): boolean {
    const end = position - this.base + length;
    for (let index = this.#indexAt(position); index < this.#index.length; index++) {
      if (this.#index.offset(index) >= end) break;
      if (!wants(filter, this.#index.type(index))) return false;
    }
    return true;
  }

  /** The entry at a position, as a message. */
  entryAt(position: number): Entry {
    const index = this.#indexAt(position);
    this.lend();
    return {
      message: this.#framing.read(this.#bytes.subarray(this.#index.offset(index), this.#endOf(index))),
      isHeader: this.#index.type(index) === HEADER_TYPE,
      isSync: this.#index.isSync(index),
      arrivedMs: this.startedMs + this.#index.arrivedAfterMs(index),
    };
  }

  /** When the entry at a position arrived. */
  arrivedMs(position: number): number {
    return this.startedMs + this.#index.arrivedAfterMs(this.#indexAt(position));
  }

  /** The number of the entry at a position. */
  numberAt(position: number): number {
    return this.firstNumber + this.#indexAt(position);
  }

  /** Where the entry of a number stands; the end if it is a later one. */
  positionOf(number: number): number {
    const index = number - this.firstNumber;
    return index < this.#index.length ? this.base + this.#index.offset(index) : this.end;
  }

  /** The position of the first entry from `position` on that is not earlier than `timestamp`; the end if none is. */
  firstAtOrAfter(timestamp: number, position: number): number {
    for (let index = this.#indexAt(position); index < this.#index.length; index++) {
      if (!isBefore(this.#index.timestamp(index), timestamp)) return this.base + this.#index.offset(index);
    }
    return this.end;
  }

  /** Viewers can begin at this entry. */
  markSync(position: number): void {
    const index = this.#indexAt(position);
    this.#index.markSync(index);
    this.#newest.sync = Math.max(this.#newest.sync, index);
  }

  /** The position of the first entry from `position` on where viewers can begin. */
  syncFrom(position: number): number | undefined {
    const index = this.#first("sync", position);
    return index === undefined ? undefined : this.base + this.#index.offset(index);
  }

  /** The first frame from `position` on, audio or video. */
  frameFrom(position: number): EntryPosition | undefined {
    return this.#entryFrom("frame", position);
  }

  /** The first entry from `position` on that is no header. */
  contentFrom(position: number): EntryPosition | undefined {
    return this.#entryFrom("content", position);
  }

  #entryFrom(kind: "frame" | "content", position: number): EntryPosition | undefined {
    const index = this.#first(kind, position);
    if (index === undefined) return undefined;
    return {
      position: this.base + this.#index.offset(index),
      timestamp: this.#index.timestamp(index),
      arrivedMs: this.startedMs + this.#index.arrivedAfterMs(index),
    };
  }

  #first(kind: EntryKind, position: number): number | undefined {
    const newest = this.#newest[kind];
    const isMeant = IS_OF_KIND[kind];
    for (let index = this.#indexAt(position); index <= newest; index++) {
      if (isMeant(this.#index, index)) return index;
    }
    return undefined;
  }

  #wanted(from: number, length: number, filter: EntryFilter): Uint8Array[] {
    const entries: Uint8Array[] = [];
    for (let index = this.#index.from(from); index < this.#index.length; index++) {
      const offset = this.#index.offset(index);
      if (offset >= from + length) break;
      if (!wants(filter, this.#index.type(index))) continue;
      entries.push(this.#bytes.subarray(offset, this.#endOf(index)));
    }
    return entries;
  }

  /** The last entry border at or before `limit`, but after `from`. */
  #entryEnd(limit: number, from: number): number {
    const border = this.#index.offset(this.#index.from(limit + 1) - 1);
    if (border > from) return border;
    // Entries that the framing leaves out are empty.
    const next = this.#index.from(from + 1);
    return next < this.#index.length ? this.#index.offset(next) : this.used;
  }

  /** The offset behind an entry. */
  #endOf(index: number): number {
    return index + 1 < this.#index.length ? this.#index.offset(index + 1) : this.used;
  }

  /** The index of the first entry from `position` on. */
  #indexAt(position: number): number {
    return this.#index.from(position - this.base);
  }
}

/** In 32-bit serial arithmetic (RTMP 1.0 §4). */
export function isBefore(timestamp: number, other: number): boolean {
  return ((timestamp - other) | 0) < 0;
}

/** What readers look for. */
type EntryKind = "frame" | "content" | "sync";

const IS_OF_KIND: Readonly<Record<EntryKind, (entries: EntryIndex, index: number) => boolean>> = {
  frame: (entries, index) => isFrame(entries.type(index)),
  content: (entries, index) => entries.type(index) !== HEADER_TYPE,
  sync: (entries, index) => entries.isSync(index),
};

function isFrame(type: number): boolean {
  return type === MessageType.audio || type === MessageType.video;
}

function wants(filter: EntryFilter, type: number): boolean {
  if (type === MessageType.audio) return filter.audio;
  return type === MessageType.video ? filter.video : true;
}
