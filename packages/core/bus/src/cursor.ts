import { type EntryFilter, type Segment, SHARED_MESSAGE_STREAM_ID } from "./segment.ts";
import type { StreamLog } from "./stream-log.ts";

/** Twelve days. A longer duration has no end that 32-bit timestamps could tell from a time before its beginning. */
const MAX_DURATION_MS = 2 ** 30;

/**
 * A reader's place in a log: a number, and nothing that grows while the reader stands still. It begins at a sync point,
 * with the headers that belong to it; as long as there is none it waits.
 */
export class Cursor {
  readonly #log: StreamLog;
  readonly #durationMs: number | undefined;
  #filter: EntryFilter;
  #position: number | undefined;
  /** While waiting: only a sync point from here on will do. */
  #notBefore = 0;
  #headers: Segment | undefined;
  #startTimestamp: number | undefined;
  #finished = false;
  /** Where the bytes read last lie, unless they are a copy. */
  #lastSegment: Segment | undefined;
  #lastCopyBytes = 0;

  /** Reads to the end, or until entries are `durationMs` later than the first; 0 is a single frame. */
  constructor(log: StreamLog, filter: EntryFilter, durationMs?: number) {
    this.#log = log;
    this.#filter = filter;
    this.#durationMs = durationMs !== undefined && durationMs <= MAX_DURATION_MS ? durationMs : undefined;
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
    this.#headers = undefined;
    this.#position = undefined;
    this.#notBefore = syncPoint && syncPoint.arrivedMs >= sinceMs ? syncPoint.position : this.#log.head;
  }

  refilter(filter: EntryFilter): void {
    this.#filter = filter;
  }

  /**
   * The next bytes, whole entries only, about `maxBytes` at most; undefined if there are none yet. A cursor that has
   * lagged must rejoin first.
   */
  read(maxBytes: number): Uint8Array | undefined {
    if (this.#position === undefined) this.#begin();
    let bytes = this.#headers ? this.#readHeaders(this.#headers) : this.#readLog(maxBytes);
    while (bytes?.length === 0) bytes = this.#readLog(maxBytes);
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
    if (!syncPoint || syncPoint.position < this.#notBefore) return;
    this.#position = syncPoint.position;
    this.#startTimestamp ??= syncPoint.timestamp;
    this.#headers = syncPoint.headers(this.#log.chunkSize);
  }

  #readHeaders(headers: Segment): Uint8Array {
    this.#headers = undefined;
    return this.#view(headers, 0, headers.used);
  }

  /** Empty if the filter left nothing. */
  #readLog(maxBytes: number): Uint8Array | undefined {
    const position = this.#position;
    if (position === undefined || this.#finished) return undefined;
    const segment = this.#log.segmentAt(position);
    if (!segment) return undefined;
    const left = this.#durationMs === undefined ? maxBytes : this.#bytesLeft(segment, position, maxBytes);
    if (left === 0) return undefined;
    const view = this.#view(segment, position, left);
    this.#position = position + segment.slice(position, left).length;
    return view;
  }

  /** How much of the segment lies within the duration; notes when that is over. */
  #bytesLeft(segment: Segment, position: number, maxBytes: number): number {
    const endTimestamp = (this.#startTimestamp! + Math.max(1, this.#durationMs!)) >>> 0;
    const end = segment.firstAtOrAfter(endTimestamp, position);
    this.#finished = end === position;
    return Math.min(maxBytes, end - position);
  }

  /** Shared bytes for the usual viewer, a copy for one with a filter or another NetStream. */
  #view(segment: Segment, position: number, maxBytes: number): Uint8Array {
    const bytes = segment.slice(position, maxBytes);
    const { messageStreamId, audio, video, publishChunkSize } = this.#filter;
    const isUsual = messageStreamId === SHARED_MESSAGE_STREAM_ID && audio && video;
    if (isUsual && publishChunkSize === undefined) {
      this.#lastSegment = segment;
      return bytes;
    }
    const copy = segment.copy(position, bytes.length, this.#filter);
    this.#lastSegment = undefined;
    this.#lastCopyBytes = copy.length;
    return copy;
  }
}
