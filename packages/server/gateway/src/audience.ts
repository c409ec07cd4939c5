/** Writes what is new for its viewers, such as one connection. */
export interface Flushable {
  /** The last pass in which it was flushed: a connection that watches thirty streams is flushed once. Belongs to the FanOut. */
  lastPass: number;
  /** Whether it has been woken and not been flushed since. Belongs to the FanOut, too. */
  isWoken: boolean;
  /** The address of the peer: those of one address share a place in the line of the woken. */
  readonly turnKey: string;
  /** Whether it plays so many streams that a flush takes long, whether or not there is much to write: it waits for its turn in the line. */
  readonly playsMany?: boolean;
  flush(): void;
  /** Called with what its flush has thrown. It ends itself and does not throw. */
  fail(error: unknown): void;
}

/** The readers of one stream. In a round each is called once; readers may join and leave meanwhile. */
export class Audience {
  readonly #seats: Flushable[] = [];
  readonly #places = new Map<Flushable, number>();
  /** How often a reader was added again: one connection may play a stream more than once. */
  #again: Map<Flushable, number> | undefined;
  /** Seats before this one have not been called in this round. */
  #left = 0;

  get size(): number {
    return this.#seats.length;
  }

  /** A reader that joins during a round is not called in it. */
  add(viewer: Flushable): void {
    if (this.#places.has(viewer)) {
      this.#again ??= new Map();
      this.#again.set(viewer, (this.#again.get(viewer) ?? 0) + 1);
      return;
    }
    this.#places.set(viewer, this.#seats.length);
    this.#seats.push(viewer);
  }

  /** The last reader takes the empty seat, and may be called twice for it; none is left out. */
  delete(viewer: Flushable): void {
    const again = this.#again?.get(viewer);
    if (again !== undefined) {
      if (again === 1) this.#again?.delete(viewer);
      else this.#again?.set(viewer, again - 1);
      return;
    }
    const place = this.#places.get(viewer);
    if (place === undefined) return;
    const last = this.#seats.pop()!;
    this.#places.delete(viewer);
    if (last !== viewer) {
      this.#seats[place] = last;
      this.#places.set(last, place);
    }
    this.#left = Math.min(this.#left, this.#seats.length);
  }

  /** Begins a round. */
  begin(): void {
    this.#left = this.#seats.length;
  }

  /** The next reader of this round; undefined once the round is over. */
  take(): Flushable | undefined {
    if (this.#left === 0) return undefined;
    this.#left -= 1;
    return this.#seats[this.#left];
  }
}
