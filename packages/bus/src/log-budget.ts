/** A log that can give memory back. */
export interface Evictable {
  /** What {@link evictOldest} could free in all, in bytes. */
  readonly evictableBytes: number;
  evictOldest(): void;
}

/** What the logs of a process hold together. When it is too much, the log with the most to give loses its oldest bytes. */
export class LogBudget {
  readonly #maxBytes: number;
  readonly #logs = new Set<Evictable>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether so many bytes more would be too many. */
  isShortOf(bytes: number): boolean {
    return this.#bytes + bytes > this.#maxBytes;
  }

  join(log: Evictable): void {
    this.#logs.add(log);
  }

  leave(log: Evictable): void {
    this.#logs.delete(log);
  }

  take(bytes: number): void {
    this.#bytes += bytes;
    while (this.#bytes > this.#maxBytes) {
      const largest = this.#largest();
      if (!largest) return;
      largest.evictOldest();
    }
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
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
