import { ENTRY_EFFORT_BYTES } from "./limits.ts";
import type { Pinned } from "./pinned.ts";
import type { Entry, EntryFilter, Segment } from "./segment.ts";
import type { Beginning, LogReader, StreamLog } from "./stream-log.ts";
import type { SyncPoint } from "./sync-point.ts";

/** Twelve days. A longer duration has no end that 32-bit timestamps could tell from a time before its beginning. */
const MAX_DURATION_MS = 2 ** 30;

export interface CursorOptions {
  /** The NetStream that the reader reads for, if it has one. */
  readonly netStreamId?: number | undefined;
  readonly durationMs?: number | undefined;
  /** How long pictures are held back for the sake of a sync point. */
  readonly keyframeWaitMs: number;
}

/**
 * A reader's place in a log: a number, and nothing that grows while the reader stands still. It begins at a sync point,
 * with the headers that belong to it. As long as there is none it has the headers of now and sound alone, until one comes or
 * it has waited long enough. It is read in bytes or in messages, not in both.
 */
export class Cursor implements LogReader {
  readonly log: StreamLog;
  readonly #durationMs: number | undefined;
  readonly #keyframeWaitMs: number;
  /** The NetStream for which entries are copied; undefined if they are written for it. */
  readonly #netStreamId: number | undefined;
  #filter: EntryFilter;
  /** What it gets while pictures are held back: it has begun without a sync point. */
  #heldFilter: EntryFilter | undefined;
  /** When the first entry was held back; undefined if none has been. */
  #heldSinceMs: number | undefined;
  #position: number | undefined;
  /** While waiting: only a sync point from here on will do. */
  #notBefore = 0;
  #headers: Segment | undefined;
  #startTimestamp: number | undefined;
  #finished = false;
  /** The entries it has moved on by: where they lie, unless they were read as a copy, and which of them are not yet read. */
  #segment: Segment | undefined;
  #from = 0;
  #length = 0;
  #copiedBytes = 0;
  #effort = 0;
  #copiedEntries = 0;

  /** Reads to the end, or until entries are `durationMs` later than the first; 0 is a single frame. */
  constructor(log: StreamLog, filter: EntryFilter, options: CursorOptions) {
    const { netStreamId, durationMs, keyframeWaitMs } = options;
    this.log = log;
    this.#netStreamId =
      log.framing.address && netStreamId !== log.framing.netStreamId ? netStreamId : undefined;
    this.#keyframeWaitMs = keyframeWaitMs;
    this.#durationMs = durationMs !== undefined && durationMs <= MAX_DURATION_MS ? durationMs : undefined;
    this.#filter = filter;
  }

  /** Whether the log has dropped what this reader would have read next. */
  get lagged(): boolean {
    return this.#position !== undefined && this.#position < this.log.tail;
  }

  /** One that has lagged goes on where a new reader begins. */
  get neededFrom(): number {
    return this.lagged ? Number.POSITIVE_INFINITY : (this.#position ?? this.#notBefore);
  }

  /** Whether the duration asked for has been read. */
  get finished(): boolean {
    return this.#finished;
  }

  /** How long the entry that is read next has been there. Milliseconds; 0 if there is none yet. */
  behindMs(nowMs: number): number {
    if (this.#position === undefined) return 0;
    const position = Math.max(this.#position, this.log.tail);
    const segment = this.log.segmentAt(position);
    return segment ? Math.max(0, nowMs - segment.arrivedMs(position)) : 0;
  }

  /** Restarts at the newest sync point or, if that arrived before `sinceMs`, waits for the next one. */
  rejoin(sinceMs: number): void {
    const syncPoint = this.log.syncPoint;
    // A reader that was too slow for the log has waited already.
    if (!this.lagged) this.#heldSinceMs = undefined;
    this.#headers = undefined;
    this.#length = 0;
    this.#position = undefined;
    this.#heldFilter = undefined;
    this.#notBefore = syncPoint && syncPoint.arrivedMs >= sinceMs ? syncPoint.position : this.log.head;
    this.log.join(this);
  }

  /** Gives up its place. It needs nothing, and is not read, until it rejoins. */
  leave(): void {
    this.log.leave(this);
    this.#position = undefined;
    this.#segment = undefined;
  }

  refilter(filter: EntryFilter): void {
    this.#filter = filter;
    if (this.#heldFilter) this.#heldFilter = this.#withoutPictures();
  }

  /**
   * The next bytes, whole entries only, about `maxBytes` at most; undefined if there are none yet. They are shared by all
   * readers at this place, but for those with a filter or another NetStream, who get fewer of small entries at once, and no bytes
   * if they want none of so many. A cursor that has lagged must rejoin first.
   */
  read(maxBytes: number, nowMs: number): Uint8Array | undefined {
    this.#effort = 0;
    while (this.#effort < maxBytes) {
      if (!this.#advance(maxBytes - this.#effort, nowMs)) return undefined;
      const bytes = this.#bytes();
      if (bytes.length > 0) return bytes;
    }
    return NOTHING;
  }

  /** What the last {@link read} has cost: as much as so many bytes that are shared. */
  get effort(): number {
    return this.#effort;
  }

  /** How many entries it has read so far that were copied for it, or left out. */
  get copiedEntries(): number {
    return this.#copiedEntries;
  }

  /** The next message, likewise. */
  next(nowMs: number): Entry | undefined {
    while (this.#length > 0 || this.#advance(1, nowMs)) {
      const segment = this.#segment!;
      const position = this.#from;
      const length = segment.lengthFrom(position, 1);
      this.#from += length;
      this.#length -= length;
      if (segment.wantsAll(position, length, this.#filterNow)) return segment.entryAt(position);
    }
    return undefined;
  }

  /** The bytes read last are in use for longer than the call that wrote them. */
  lend(): void {
    this.#segment?.lend();
  }

  /** The bytes read last are on their way, and hold their memory until it is unpinned: that of their segment, or of a copy. */
  pin(): Pinned {
    return this.#segment?.pin() ?? this.log.hold(this.#copiedBytes);
  }

  #begin(): void {
    const syncPoint = this.log.syncPoint;
    const isDue = syncPoint !== undefined && syncPoint.position >= this.#notBefore;
    if (isDue && this.#isFirst(syncPoint)) return this.#beginAt(syncPoint);
    const beginning = this.log.beginning(this.#notBefore);
    const isBehind = isDue && (beginning?.position ?? this.log.head) > syncPoint.position;
    if (isBehind) this.#beginAt(syncPoint);
    else if (beginning) this.#beginHeldBack(beginning);
  }

  #beginAt({ position, timestamp, headers }: SyncPoint): void {
    if (!headers) return;
    this.#heldSinceMs = undefined;
    this.#position = position;
    this.#startTimestamp ??= timestamp;
    this.#headers = headers;
  }

  /** A reader that waits begins at the first sync point; the newest will do if the log has dropped what came before. */
  #isFirst(syncPoint: SyncPoint): boolean {
    return this.#notBefore < this.log.tail || this.log.isFirstSync(syncPoint, this.#notBefore);
  }

  #beginHeldBack({ position, headers }: Beginning): void {
    if (!headers) return;
    this.#position = position;
    this.#headers = headers;
    this.#heldFilter = this.#withoutPictures();
  }

  get #filterNow(): EntryFilter {
    return this.#heldFilter ?? this.#filter;
  }

  /** A viewer that wants a single frame wants a picture. */
  #withoutPictures(): EntryFilter {
    return { ...this.#filter, audio: this.#filter.audio && this.#durationMs !== 0, video: false };
  }

  /** Moves on by the next entries of one segment, about `maxBytes` at most, or by all headers. False if there are none yet. */
  #advance(maxBytes: number, nowMs: number): boolean {
    if (this.#position === undefined) this.#begin();
    const headers = this.#headers;
    if (headers) {
      this.#headers = undefined;
      if (headers.used > 0) return this.#moveOver(headers, 0, headers.used);
    }
    const position = this.#position;
    if (position === undefined || this.#finished) return false;
    const segment = this.log.segmentAt(position);
    if (!segment) return false;
    if (this.#heldFilter) return this.#advanceHeldBack(segment, position, maxBytes, nowMs);
    return this.#advanceIn(segment, position, maxBytes);
  }

  #advanceHeldBack(segment: Segment, position: number, maxBytes: number, nowMs: number): boolean {
    const hasWaited = nowMs - (this.#heldSinceMs ?? nowMs) >= this.#keyframeWaitMs;
    const syncPosition = hasWaited ? position : segment.syncFrom(position);
    if (syncPosition === position) {
      this.#heldFilter = undefined;
      this.#heldSinceMs = undefined;
      return this.#advanceIn(segment, position, maxBytes);
    }
    const left = syncPosition === undefined ? maxBytes : Math.min(maxBytes, syncPosition - position);
    if (!this.#advanceIn(segment, position, left)) return false;
    if (!segment.wantsAll(this.#from, this.#length, this.#filterNow)) this.#heldSinceMs ??= nowMs;
    return true;
  }

  #advanceIn(segment: Segment, position: number, maxBytes: number): boolean {
    const left = this.#durationMs === undefined ? maxBytes : this.#bytesLeft(segment, position, maxBytes);
    if (left === 0) return false;
    const length = this.#lengthIn(segment, position, left);
    this.#position = position + length;
    return this.#moveOver(segment, position, length);
  }

  #lengthIn(segment: Segment, position: number, maxBytes: number): number {
    const length = segment.lengthFrom(position, maxBytes);
    if (this.#isShared) return length;
    const endNumber = segment.numberAt(position) + Math.ceil(maxBytes / ENTRY_EFFORT_BYTES);
    return Math.min(length, segment.positionOf(endNumber) - position);
  }

  #moveOver(segment: Segment, from: number, length: number): true {
    this.#segment = segment;
    this.#from = from;
    this.#length = length;
    return true;
  }

  /** How much of the segment lies within the duration; notes when that is over. */
  #bytesLeft(segment: Segment, position: number, maxBytes: number): number {
    if (!this.#heldFilter || this.#durationMs !== 0) {
      this.#startTimestamp ??= segment.frameFrom(position)?.timestamp;
    }
    if (this.#startTimestamp === undefined) return maxBytes;
    const endTimestamp = (this.#startTimestamp + Math.max(1, this.#durationMs!)) >>> 0;
    const end = segment.firstAtOrAfter(endTimestamp, position);
    this.#finished = end === position;
    return Math.min(maxBytes, end - position);
  }

  /** Of the entries it has moved on by: shared bytes for the usual viewer, a copy for one with a filter or another NetStream. */
  #bytes(): Uint8Array {
    const segment = this.#segment!;
    if (this.#isShared) {
      this.#effort += this.#length;
      return segment.slice(this.#from, this.#length);
    }
    const entries = segment.numberAt(this.#from + this.#length) - segment.numberAt(this.#from);
    this.#effort += Math.max(this.#length, entries * ENTRY_EFFORT_BYTES);
    this.#copiedEntries += entries;
    const copy = segment.copy(this.#from, this.#length, this.#filterNow, this.#netStreamId);
    this.#segment = undefined;
    this.#copiedBytes = copy.length;
    return copy;
  }

  /** Whether it gets the same bytes as other readers. */
  get #isShared(): boolean {
    const { audio, video } = this.#filterNow;
    return this.#netStreamId === undefined && audio && video;
  }
}

const NOTHING = new Uint8Array(0);
