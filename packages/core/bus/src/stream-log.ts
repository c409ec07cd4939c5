import type { Message } from "@headgate/message";
import type { Framing } from "./framing.ts";
import { MAX_SEGMENT_BYTES, MIN_RETAINED_SEGMENTS, MIN_SEGMENT_BYTES, SEGMENT_SPAN_MS } from "./limits.ts";
import type { Evictable, LogBudget } from "./log-budget.ts";
import type { Pinned } from "./pinned.ts";
import { type EntryPosition, Segment } from "./segment.ts";
import { SyncPoint } from "./sync-point.ts";

export interface StreamLogOptions {
  readonly framing: Framing;
  readonly retentionMs: number;
  readonly retentionBytes: number;
}

/** What was in force at which entry of the stream, as far as that is still known. */
export interface HeaderHistory {
  knownFrom(number: number): number;
  at(number: number): readonly Message[];
}

/** What keeps a log from dropping bytes: see {@link StreamLog.join}. */
export interface LogReader {
  /** The position from which it has still to read; infinite if it needs nothing that there is. */
  readonly neededFrom: number;
}

/** Where a viewer begins without a sync point: headers, and the position that follows them. */
export type Beginning = Pick<SyncPoint, "headers" | "position">;

const NO_HISTORY: HeaderHistory = { knownFrom: (number) => number, at: () => [] };

/**
 * A stream's messages, each framed once for all viewers, in segments one after the other. A position counts the bytes since
 * the log began; a viewer is a position. Segments before the newest sync point are dropped as soon as no reader needs them, and
 * by age and size even if one does. They live on for as long as a write in flight points into them.
 */
export class StreamLog implements Evictable {
  readonly #options: StreamLogOptions;
  readonly #budget: LogBudget;
  readonly #history: HeaderHistory;
  #segments: Segment[] = [];
  /** Where the next segment begins, while there is none. */
  #base = 0;
  #nextNumber: number;
  #bytes = 0;
  #syncPoint: SyncPoint | undefined;
  readonly #readers = new Set<LogReader>();
  /** The reader that was slowest when all were asked last. They are asked again only when it is no longer in the way. */
  #slowest: LogReader | undefined;
  /** Where a viewer has begun last without one. */
  #beginning: SyncPoint | undefined;

  constructor(
    options: StreamLogOptions,
    budget: LogBudget,
    history: HeaderHistory = NO_HISTORY,
    firstNumber: number = 0,
  ) {
    this.#options = options;
    this.#budget = budget;
    this.#history = history;
    this.#nextNumber = firstNumber;
    budget.join(this);
  }

  /** The position of the oldest byte still there; a viewer before it has lagged. */
  get tail(): number {
    return this.#segments[0]?.base ?? this.#base;
  }

  get framing(): Framing {
    return this.#options.framing;
  }

  /** The position after the newest byte. */
  get head(): number {
    return this.#segments.at(-1)?.end ?? this.#base;
  }

  /** The number of the entry that comes next. Entries have the same numbers in all logs of a stream. */
  get nextNumber(): number {
    return this.#nextNumber;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** From now on the log keeps what this reader needs, as far as its retention goes. */
  join(reader: LogReader): void {
    this.#readers.add(reader);
  }

  leave(reader: LogReader): void {
    this.#readers.delete(reader);
    if (this.#slowest === reader) this.#slowest = undefined;
  }

  /** Memory beside the log that is held until it is unpinned. */
  hold(bytes: number): Pinned {
    return this.#budget.hold(bytes);
  }

  /** The newest place to begin at, unless it has been dropped. */
  get syncPoint(): SyncPoint | undefined {
    if (this.#syncPoint && this.#syncPoint.position < this.tail) this.clearSyncPoint();
    return this.#syncPoint;
  }

  /** Returns the position of the message. A header goes to viewers too that do not want the frames it belongs to. */
  append(message: Message, nowMs: number, isHeader: boolean = false): number {
    const length = this.#options.framing.entryLength(message);
    let segment = this.#segments.at(-1);
    if (!segment?.hasRoomFor(length)) segment = this.#addSegment(length, nowMs);
    this.#nextNumber += 1;
    return segment.append(message, nowMs, isHeader);
  }

  /** Another log of the same messages in another framing: of those from the sync point on, if there is one. */
  copyIn(framing: Framing): StreamLog {
    const { syncPoint } = this;
    const from = syncPoint?.position ?? this.head;
    const options = { ...this.#options, framing };
    const copy = new StreamLog(options, this.#budget, this.#history, this.#numberAt(from));
    const firstReader: LogReader = { neededFrom: 0 };
    copy.join(firstReader);
    // The memory of the copy may be taken from this log, which is read nevertheless.
    const segments = [...this.#segments];
    for (const segment of segments) segment.lend();
    for (const segment of segments) copy.#appendAll(segment, from);
    copy.leave(firstReader);
    if (!syncPoint) return copy;
    const { timestamp, arrivedMs, messages } = syncPoint;
    copy.markSyncPoint({ position: 0, timestamp, arrivedMs }, messages);
    return copy;
  }

  /** Viewers can begin at this entry, after these headers, which are asked for when the first one does. */
  markSyncPoint(at: EntryPosition, headers: () => readonly Message[]): void {
    this.clearSyncPoint();
    this.segmentAt(at.position)?.markSync(at.position);
    this.#syncPoint = new SyncPoint(at, headers, this.framing, this.#budget);
  }

  /** From now on viewers wait for the next one. */
  clearSyncPoint(): void {
    this.#syncPoint?.drop();
    this.#syncPoint = undefined;
    this.#beginning?.drop();
    this.#beginning = undefined;
  }

  /** Whether the newest place to begin at is the first from `position` on, as far as the log goes back. */
  isFirstSync({ position: newest }: SyncPoint, position: number): boolean {
    const first = this.#first(position, syncFrom);
    return first === undefined || first >= newest;
  }

  /**
   * Where a viewer begins that can go no further back than `notBefore` and is not to wait for a sync point: at the first entry
   * that is no header, or so near to it that what is in force there is known. Viewers that begin at the same entry share the
   * headers. Undefined while there is none.
   */
  beginning(notBefore: number): Beginning | undefined {
    const earliest = Math.max(notBefore, this.tail);
    const content = this.#first(earliest, contentFrom);
    if (!content) return undefined;
    const isKnown = this.#knownFrom(content.position) === content.position;
    const position = isKnown ? content.position : this.#knownFrom(earliest);
    const first = this.#first(position, frameFrom) ?? this.#first(position, contentFrom);
    if (!first) return undefined;
    const before = this.#beginning;
    if (before?.position === position && before.timestamp === first.timestamp) return before;
    before?.drop();
    const headers = (): readonly Message[] => this.#history.at(this.#numberAt(position));
    this.#beginning = new SyncPoint({ ...first, position }, headers, this.framing, this.#budget);
    return this.#beginning;
  }

  /** The segment that holds the byte at `position`, undefined at the head. The position is not before the tail. */
  segmentAt(position: number): Segment | undefined {
    for (let index = this.#segments.length - 1; index >= 0; index--) {
      const segment = this.#segments[index]!;
      if (position >= segment.base) return position < segment.end ? segment : undefined;
    }
    return undefined;
  }

  /** All but the segment being written. One that is larger than the least goes, too: a single message can make it 8 MiB long. */
  get evictableBytes(): number {
    const last = this.#segments.at(-1);
    if (!last) return 0;
    const isNew = last.used === 0;
    return this.#bytes - (isNew ? last.capacity : Math.min(last.capacity, MIN_SEGMENT_BYTES));
  }

  evictOldest(): void {
    const oldest = this.#segments.shift();
    if (!oldest) return;
    this.#base = oldest.end;
    this.#release(oldest);
  }

  /** Gives all memory back. The log is not used afterwards. */
  close(): void {
    this.clearSyncPoint();
    for (const segment of this.#segments) this.#release(segment);
    this.#segments = [];
    this.#budget.leave(this);
  }

  /** The first position from this one on of which it is known what is in force there. */
  #knownFrom(position: number): number {
    const number = this.#numberAt(position);
    const known = this.#history.knownFrom(number);
    return known === number ? position : this.#positionOf(known);
  }

  #numberAt(position: number): number {
    return this.segmentAt(position)?.numberAt(position) ?? this.#nextNumber;
  }

  #positionOf(number: number): number {
    return (
      this.#segments.findLast(({ firstNumber }) => firstNumber <= number)?.positionOf(number) ?? this.head
    );
  }

  #first<Found>(
    position: number,
    find: (segment: Segment, from: number) => Found | undefined,
  ): Found | undefined {
    for (const segment of this.#segments) {
      const found = segment.end > position ? find(segment, Math.max(position, segment.base)) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Appends the entries of another log's segment from a position on. */
  #appendAll(segment: Segment, position: number): void {
    for (let at = Math.max(position, segment.base); at < segment.end; at += segment.lengthFrom(at, 1)) {
      const { message, isHeader, arrivedMs } = segment.entryAt(at);
      this.append(message, arrivedMs, isHeader);
    }
  }

  #addSegment(length: number, nowMs: number): Segment {
    const last = this.#segments.at(-1);
    const wanted = last ? this.#nextCapacity(last, nowMs) : MIN_SEGMENT_BYTES;
    this.#dropUnneeded();
    const capacity = Math.max(length, this.#budget.isShortOf(wanted) ? MIN_SEGMENT_BYTES : wanted);
    const memory = this.#budget.memoryFor(capacity);
    const segment = new Segment(
      { framing: this.framing, base: this.head, firstNumber: this.#nextNumber, memory },
      nowMs,
    );
    this.#segments.push(segment);
    this.#bytes += capacity;
    this.#evict(nowMs);
    this.#budget.take(capacity);
    return segment;
  }

  /** Twice the last one's if that was filled quickly, and there are readers for whom it is worth it. */
  #nextCapacity(last: Segment, nowMs: number): number {
    const part = Math.floor(this.#options.retentionBytes / MIN_RETAINED_SEGMENTS);
    const most = Math.min(part, MAX_SEGMENT_BYTES, MIN_SEGMENT_BYTES * this.#readers.size);
    const wanted = nowMs - last.startedMs > SEGMENT_SPAN_MS ? last.capacity : 2 * last.capacity;
    return Math.max(MIN_SEGMENT_BYTES, Math.min(wanted, most));
  }

  /** A reader that joins begins at the sync point, or else with what is still to come. */
  #dropUnneeded(): void {
    const joinPosition = this.syncPoint?.position ?? this.head;
    if (!this.#isOldestUnneeded(joinPosition)) return;
    this.#slowest = slowestOf(this.#readers);
    while (this.#isOldestUnneeded(joinPosition)) this.evictOldest();
  }

  #isOldestUnneeded(joinPosition: number): boolean {
    const oldest = this.#segments[0];
    if (!oldest || oldest.isPinned || oldest.end > joinPosition) return false;
    return this.#slowest === undefined || this.#slowest.neededFrom >= oldest.end;
  }

  #evict(nowMs: number): void {
    const { retentionMs, retentionBytes } = this.#options;
    while (this.#segments.length > 1) {
      const oldest = this.#segments[0]!;
      if (this.#bytes <= retentionBytes && nowMs - oldest.newestMs <= retentionMs) return;
      this.evictOldest();
    }
  }

  /** While bytes of it are on their way, its memory is held, though the log has it no more. */
  #release(segment: Segment): void {
    const { capacity } = segment;
    this.#bytes -= capacity;
    if (!segment.drop(() => this.#budget.releaseFixed(capacity))) return this.#budget.fix(capacity);
    this.#budget.release(capacity);
    const memory = segment.reclaim();
    if (memory) this.#budget.spare(memory);
  }
}

function slowestOf(readers: ReadonlySet<LogReader>): LogReader | undefined {
  let slowest: LogReader | undefined;
  let lowest = Number.POSITIVE_INFINITY;
  for (const reader of readers) {
    const { neededFrom } = reader;
    if (neededFrom >= lowest) continue;
    slowest = reader;
    lowest = neededFrom;
  }
  return slowest;
}
const syncFrom = (segment: Segment, position: number): number | undefined => segment.syncFrom(position);
const contentFrom = (segment: Segment, position: number): EntryPosition | undefined =>
  segment.contentFrom(position);
const frameFrom = (segment: Segment, position: number): EntryPosition | undefined =>
  segment.frameFrom(position);
