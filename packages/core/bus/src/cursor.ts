import type { EntryFilter, Segment } from "./segment.ts";
import type { Beginning, StreamLog } from "./stream-log.ts";
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
 * it has waited long enough.
 */
export class Cursor {
  readonly #log: StreamLog;
  readonly #durationMs: number | undefined;
  readonly #keyframeWaitMs: number;
  /** The NetStream for which entries are copied; undefined if they are written for it. */
  readonly #netStreamId: number | undefined;
  #filter: EntryFilter;
  #position: number | undefined;
  /** While waiting: only a sync point from here on will do. */
  #notBefore = 0;
  #headers: Segment | undefined;
  /** Pictures are held back: it has begun without a sync point. */
  #heldBack = false;
  /** What it gets meanwhile. */
  #heldFilter: EntryFilter;
  /** When the first entry was held back; undefined if none has been. */
  #heldSinceMs: number | undefined;
  #startTimestamp: number | undefined;
  #finished = false;
  /** Where the bytes read last lie, unless they are a copy. */
  #lastSegment: Segment | undefined;
  #lastCopyBytes = 0;

  /** Reads to the end, or until entries are `durationMs` later than the first; 0 is a single frame. */
  constructor(log: StreamLog, filter: EntryFilter, options: CursorOptions) {
    const { netStreamId, durationMs, keyframeWaitMs } = options;
    this.#log = log;
    this.#netStreamId =
      log.framing.address && netStreamId !== log.framing.netStreamId ? netStreamId : undefined;
    this.#keyframeWaitMs = keyframeWaitMs;
    this.#durationMs = durationMs !== undefined && durationMs <= MAX_DURATION_MS ? durationMs : undefined;
    this.#filter = filter;
    this.#heldFilter = this.#withoutPictures();
  }

  /** Whether the log has dropped what this reader would have read next. */
  get lagged(): boolean {
    return this.#position !== undefined && this.#position < this.#log.tail;
  }

  /** Whether the duration asked for has been read. */
  get finished(): boolean {
    return this.#finished;
  }

  /** Restarts at the newest sync point or, if that arrived before `sinceMs`, waits for the next one. */
  rejoin(sinceMs: number): void {
    const syncPoint = this.#log.syncPoint;
    // Who is too slow for the log has waited already.
    if (!this.lagged) this.#heldSinceMs = undefined;
    this.#headers = undefined;
    this.#position = undefined;
    this.#heldBack = false;
    this.#notBefore = syncPoint && syncPoint.arrivedMs >= sinceMs ? syncPoint.position : this.#log.head;
  }

  refilter(filter: EntryFilter): void {
    this.#filter = filter;
    this.#heldFilter = this.#withoutPictures();
  }

  /**
   * The next bytes, whole entries only, about `maxBytes` at most; undefined if there are none yet. A cursor that has
   * lagged must rejoin first.
   */
  read(maxBytes: number, nowMs: number): Uint8Array | undefined {
    if (this.#position === undefined) this.#begin();
    let bytes = this.#headers ? this.#readHeaders(this.#headers) : this.#readLog(maxBytes, nowMs);
    while (bytes?.length === 0) bytes = this.#readLog(maxBytes, nowMs);
    return bytes;
  }

  /**
   * The bytes read last are on their way, and hold their memory until the function that is returned is called, once: that of
   * their segment, or of a copy.
   */
  pin(): () => void {
    return this.#lastSegment?.pin() ?? this.#log.hold(this.#lastCopyBytes);
  }

  #begin(): void {
    const syncPoint = this.#log.syncPoint;
    const isDue = syncPoint !== undefined && syncPoint.position >= this.#notBefore;
    if (isDue && this.#isFirst(syncPoint)) return this.#beginAt(syncPoint);
    const beginning = this.#log.beginning(this.#notBefore);
    const isBehind = isDue && (beginning?.position ?? this.#log.head) > syncPoint.position;
    if (isBehind) this.#beginAt(syncPoint);
    else if (beginning) this.#beginHeldBack(beginning);
  }

  #beginAt(syncPoint: SyncPoint): void {
    this.#heldSinceMs = undefined;
    this.#position = syncPoint.position;
    this.#startTimestamp ??= syncPoint.timestamp;
    this.#headers = syncPoint.headers;
  }

  /** Whoever waits begins at the first sync point; the newest will do if the log has dropped what came before. */
  #isFirst(syncPoint: SyncPoint): boolean {
    return this.#notBefore < this.#log.tail || this.#log.isFirstSync(syncPoint, this.#notBefore);
  }

  #beginHeldBack({ position, headers }: Beginning): void {
    this.#position = position;
    this.#headers = headers.used > 0 ? headers : undefined;
    this.#heldBack = true;
  }

  /** A viewer that wants a single frame wants a picture. */
  #withoutPictures(): EntryFilter {
    return { ...this.#filter, audio: this.#filter.audio && this.#durationMs !== 0, video: false };
  }

  #readHeaders(headers: Segment): Uint8Array {
    this.#headers = undefined;
    return this.#view(headers, 0, headers.used);
  }

  /** Empty if the filter left nothing. */
  #readLog(maxBytes: number, nowMs: number): Uint8Array | undefined {
    const position = this.#position;
    if (position === undefined || this.#finished) return undefined;
    const segment = this.#log.segmentAt(position);
    if (!segment) return undefined;
    if (this.#heldBack) return this.#readHeldBack(segment, position, maxBytes, nowMs);
    return this.#advance(segment, position, maxBytes);
  }

  #readHeldBack(segment: Segment, position: number, maxBytes: number, nowMs: number): Uint8Array | undefined {
    const hasWaited = nowMs - (this.#heldSinceMs ?? nowMs) >= this.#keyframeWaitMs;
    const syncPosition = hasWaited ? position : segment.syncFrom(position);
    if (syncPosition === position) {
      this.#heldBack = false;
      this.#heldSinceMs = undefined;
      return this.#advance(segment, position, maxBytes);
    }
    const left = syncPosition === undefined ? maxBytes : Math.min(maxBytes, syncPosition - position);
    const bytes = this.#advance(segment, position, left);
    const passed = this.#position! - position;
    if (bytes && bytes.length < passed) this.#heldSinceMs ??= nowMs;
    return bytes;
  }

  #advance(segment: Segment, position: number, maxBytes: number): Uint8Array | undefined {
    const left = this.#durationMs === undefined ? maxBytes : this.#bytesLeft(segment, position, maxBytes);
    if (left === 0) return undefined;
    const view = this.#view(segment, position, left);
    this.#position = position + segment.slice(position, left).length;
    return view;
  }

  /** How much of the segment lies within the duration; notes when that is over. */
  #bytesLeft(segment: Segment, position: number, maxBytes: number): number {
    if (!this.#heldBack || this.#durationMs !== 0) {
      this.#startTimestamp ??= segment.frameFrom(position)?.timestamp;
    }
    if (this.#startTimestamp === undefined) return maxBytes;
    const endTimestamp = (this.#startTimestamp + Math.max(1, this.#durationMs!)) >>> 0;
    const end = segment.firstAtOrAfter(endTimestamp, position);
    this.#finished = end === position;
    return Math.min(maxBytes, end - position);
  }

  /** Shared bytes for the usual viewer, a copy for one with a filter or another NetStream. */
  #view(segment: Segment, position: number, maxBytes: number): Uint8Array {
    const bytes = segment.slice(position, maxBytes);
    const filter = this.#heldBack ? this.#heldFilter : this.#filter;
    const { audio, video, publishChunkSize } = filter;
    const isUsual = this.#netStreamId === undefined && audio && video;
    if (isUsual && publishChunkSize === undefined) {
      this.#lastSegment = segment;
      return bytes;
    }
    const copy = segment.copy(position, bytes.length, filter, this.#netStreamId);
    this.#lastSegment = undefined;
    this.#lastCopyBytes = copy.length;
    return copy;
  }
}
