/** How far back a history goes. */
export const HISTORY_SECONDS = 600;

/** What is kept of each second. */
export const FIELDS = ["bitrate_kbps", "fps", "drops", "rtt_ms", "lag_ms", "buffer_ms"] as const;

export type Sample = Readonly<Record<(typeof FIELDS)[number], number | undefined>>;

/** The seconds of a history by field, oldest first. */
export type Columns = Readonly<Record<(typeof FIELDS)[number], readonly (number | null)[]>>;

/** What one history takes: 14 KB, whatever happens. */
export const HISTORY_BYTES: number = HISTORY_SECONDS * FIELDS.length * Float32Array.BYTES_PER_ELEMENT;

/** The last ten minutes of one stream or session, a second at a time. */
export class History {
  readonly #values = new Float32Array(HISTORY_SECONDS * FIELDS.length);
  readonly #first: number;
  #next: number;

  /** `second` counts seconds, never running backward: the first that is added is this one or a later one. */
  constructor(second: number) {
    this.#first = second;
    this.#next = second;
  }

  /** The number of the newest second. */
  get newest(): number {
    return this.#next - 1;
  }

  /** A second of which the history has already one more is left out; seconds that were missed are unknown. */
  add(second: number, sample: Sample): void {
    if (second < this.#next) return;
    const firstMissed = Math.max(this.#next, second - HISTORY_SECONDS + 1);
    for (let missed = firstMissed; missed < second; missed += 1) {
      const at = offsetOf(missed);
      this.#values.fill(Number.NaN, at, at + FIELDS.length);
    }
    const at = offsetOf(second);
    for (const [index, field] of FIELDS.entries()) this.#values[at + index] = sample[field] ?? Number.NaN;
    this.#next = second + 1;
  }

  /** The newest seconds, so many at most. */
  read(seconds: number): Columns {
    const from = Math.max(this.#first, this.#next - Math.min(seconds, HISTORY_SECONDS));
    const columns = FIELDS.map((field, index) => [field, this.#column(index, from)] as const);
    return Object.fromEntries(columns) as Columns;
  }

  #column(field: number, from: number): readonly (number | null)[] {
    const column: (number | null)[] = [];
    for (let second = from; second < this.#next; second += 1)
      column.push(shown(this.#values[offsetOf(second) + field]!));
    return column;
  }
}

function offsetOf(second: number): number {
  return (second % HISTORY_SECONDS) * FIELDS.length;
}

/** With one decimal place: more would be noise. */
function shown(value: number): number | null {
  return Number.isNaN(value) ? null : Math.round(value * 10) / 10;
}
