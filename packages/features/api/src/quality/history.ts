/** How far back a history goes. */
export const HISTORY_SECONDS = 600;

/** What is kept of each second of a stream or a session. */
export const FIELDS = ["bitrate_kbps", "fps", "drops", "rtt_ms", "lag_ms", "buffer_ms"] as const;

type Field = (typeof FIELDS)[number];

export type Sample<Of extends string = Field> = Readonly<Record<Of, number | undefined>>;

/** The seconds of a history by field, oldest first. */
export type Columns<Of extends string = Field> = Readonly<Record<Of, readonly (number | null)[]>>;

/** What one history takes: 14 KB, whatever happens. */
export const HISTORY_BYTES: number = HISTORY_SECONDS * FIELDS.length * Float32Array.BYTES_PER_ELEMENT;

/** The last ten minutes of something, a second at a time. */
export class History<Of extends string = Field> {
  readonly #fields: readonly Of[];
  readonly #values: Float32Array;
  readonly #first: number;
  #next: number;

  /** `second` counts seconds, never running backward: the first that is added is this one or a later one. */
  constructor(fields: readonly Of[], second: number) {
    this.#fields = fields;
    this.#values = new Float32Array(HISTORY_SECONDS * fields.length);
    this.#first = second;
    this.#next = second;
  }

  /** The number of the newest second. */
  get newest(): number {
    return this.#next - 1;
  }

  /** A second of which the history has already one more is left out; seconds that were missed are unknown. */
  add(second: number, sample: Sample<Of>): void {
    if (second < this.#next) return;
    const firstMissed = Math.max(this.#next, second - HISTORY_SECONDS + 1);
    for (let missed = firstMissed; missed < second; missed += 1) {
      const at = this.#offsetOf(missed);
      this.#values.fill(Number.NaN, at, at + this.#fields.length);
    }
    const at = this.#offsetOf(second);
    for (const [index, field] of this.#fields.entries())
      this.#values[at + index] = sample[field] ?? Number.NaN;
    this.#next = second + 1;
  }

  /** The newest seconds, so many at most. */
  read(seconds: number): Columns<Of> {
    const from = Math.max(this.#first, this.#next - Math.min(seconds, HISTORY_SECONDS));
    const columns = this.#fields.map((field, index) => [field, this.#column(index, from)] as const);
    return Object.fromEntries(columns) as Columns<Of>;
  }

  #column(field: number, from: number): readonly (number | null)[] {
    const column: (number | null)[] = [];
    for (let second = from; second < this.#next; second += 1)
      column.push(shown(this.#values[this.#offsetOf(second) + field]!));
    return column;
  }

  #offsetOf(second: number): number {
    return (second % HISTORY_SECONDS) * this.#fields.length;
  }
}

/** With one decimal place: more would be noise. */
function shown(value: number): number | null {
  return Number.isNaN(value) ? null : Math.round(value * 10) / 10;
}
