/** Somebody with viewers, who writes what is new for them. */
export interface Flushable {
  flush(): void;
}

/**
 * Those who watch one stream, in a ring. When the stream has changed everybody is due, and is called in turn, spread evenly
 * over a window of time: who has been called is called again a window later if the stream goes on.
 */
export class Audience {
  readonly #seats: Flushable[] = [];
  readonly #places = new Map<Flushable, number>();
  /** Where the ring goes on. */
  #next = 0;
  /** How many from there on have not been called since the stream changed. */
  #due = 0;
  /** How many of those it is time for. */
  #owed = 0;
  /** The time up to which `#owed` has been counted. */
  #countedMs = Number.NEGATIVE_INFINITY;

  get size(): number {
    return this.#seats.length;
  }

  get isDue(): boolean {
    return this.#due > 0;
  }

  add(viewer: Flushable): void {
    if (this.#places.has(viewer)) return;
    this.#places.set(viewer, this.#seats.length);
    this.#seats.push(viewer);
    this.#reseated();
  }

  delete(viewer: Flushable): void {
    const place = this.#places.get(viewer);
    if (place === undefined) return;
    const last = this.#seats.pop()!;
    this.#places.delete(viewer);
    if (last !== viewer) {
      this.#seats[place] = last;
      this.#places.set(last, place);
    }
    this.#reseated();
  }

  /** The stream has something new for everybody. */
  changed(): void {
    this.#due = this.#seats.length;
  }

  /** Lets time pass: of a ring that takes `windowMs` to go round, so many more are to be called. */
  advance(nowMs: number, windowMs: number): void {
    const size = this.#seats.length;
    const passed = (nowMs - this.#countedMs) / windowMs;
    if (windowMs === 0 || passed >= 1) {
      this.#owed = size;
      this.#countedMs = nowMs;
    } else {
      const count = Math.floor(size * passed);
      this.#owed += count;
      if (size > 0) this.#countedMs += (count / size) * windowMs;
    }
    this.#owed = Math.min(this.#owed, this.#due);
  }

  /** Whose turn it is, if it is time for anybody. */
  take(): Flushable | undefined {
    if (this.#owed === 0) return undefined;
    this.#owed -= 1;
    this.#due -= 1;
    if (this.#next >= this.#seats.length) this.#next = 0;
    return this.#seats[this.#next++];
  }

  /** Somebody who is due may now sit where the ring has passed: all are due again, which costs little. */
  #reseated(): void {
    if (this.#due > 0) this.#due = this.#seats.length;
    this.#owed = Math.min(this.#owed, this.#due);
  }
}
