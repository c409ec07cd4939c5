import { EXTREME_FIXED_SHARE, MAX_FIXED_SHARE, MAX_SPARE_BYTES } from "./limits.ts";
import type { Pinned } from "./pinned.ts";
import { SegmentMemory } from "./segment-memory.ts";

/**
 * Whether there is more memory that cannot be given back than there may be (high), or so much that the streams soon have none
 * (extreme).
 */
export type MemoryPressure = "none" | "high" | "extreme";

/** A log that can give memory back. */
export interface Evictable {
  /** How much {@link evictOldest} could free in total, in bytes. */
  readonly evictableBytes: number;
  evictOldest(): void;
}

/**
 * What the streams of a process hold together. When it is too much, the log with the most to give loses its oldest bytes. Some of
 * it is fixed, which no log can give back: retained headers, and bytes on their way to viewers.
 */
export class LogBudget {
  /** From the next bytes on. */
  maxBytes: number;
  readonly #logs = new Set<Evictable>();
  #bytes = 0;
  #fixedBytes = 0;
  /** By capacity. No log holds it, and it goes before any log loses anything. */
  readonly #spare = new Map<number, SegmentMemory[]>();
  #spareBytes = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether so many bytes more would be too many. */
  isShortOf(bytes: number): boolean {
    return this.#bytes + bytes > this.maxBytes;
  }

  get pressure(): MemoryPressure {
    if (this.hasRoomForFixed(0)) return "none";
    return this.#fixedBytes <= this.maxBytes * EXTREME_FIXED_SHARE ? "high" : "extreme";
  }

  hasRoomForFixed(bytes: number): boolean {
    return this.#fixedBytes + bytes <= this.maxBytes * MAX_FIXED_SHARE;
  }

  holdFixed(bytes: number): void {
    this.#fixedBytes += bytes;
    this.take(bytes);
  }

  /** Fixed memory until it is unpinned. */
  hold(bytes: number): Pinned {
    this.holdFixed(bytes);
    return { isDropped: true, unpin: () => this.releaseFixed(bytes) };
  }

  /** Memory taken before counts as fixed from now on. */
  fix(bytes: number): void {
    this.#fixedBytes += bytes;
  }

  releaseFixed(bytes: number): void {
    this.#fixedBytes -= bytes;
    this.release(bytes);
  }

  join(log: Evictable): void {
    this.#logs.add(log);
  }

  leave(log: Evictable): void {
    this.#logs.delete(log);
  }

  /** For a segment that a log begins, and then has to {@link take}. */
  memoryFor(capacity: number): SegmentMemory {
    const spare = this.#spare.get(capacity)?.pop();
    if (!spare) return new SegmentMemory(capacity);
    this.#spareBytes -= capacity;
    return spare;
  }

  /** Keeps memory that was released, and that nothing points into, for another segment. */
  spare(memory: SegmentMemory): void {
    const { length } = memory.bytes;
    const spareBytes = this.#spareBytes + length;
    if (spareBytes > MAX_SPARE_BYTES || this.isShortOf(spareBytes)) return;
    memory.index.clear();
    const alike = this.#spare.get(length);
    if (alike) alike.push(memory);
    else this.#spare.set(length, [memory]);
    this.#spareBytes = spareBytes;
  }

  take(bytes: number): void {
    this.#bytes += bytes;
    if (this.isShortOf(this.#spareBytes)) this.#dropSpare();
    while (this.#bytes > this.maxBytes) {
      const largest = this.#largest();
      if (!largest) return;
      largest.evictOldest();
    }
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }

  #dropSpare(): void {
    this.#spare.clear();
    this.#spareBytes = 0;
  }

  /** Undefined if none has anything to give: each log keeps the segment it writes to. */
  #largest(): Evictable | undefined {
    let largest: Evictable | undefined;
    for (const log of this.#logs) {
      if (log.evictableBytes > (largest?.evictableBytes ?? 0)) largest = log;
    }
    return largest;
  }
}
