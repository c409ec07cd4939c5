/** Somebody with viewers, who writes what is new for them. */
export interface Flushable {
  /** The last go in which it was flushed, for who watches thirty streams is not flushed thirty times. The FanOut's. */
  lastPass: number;
  flush(): void;
  /** Its flush has thrown this: it ends itself, and does not throw again. */
  fail(error: unknown): void;
}

/** Those who watch one stream. In a round each of them is called once; people may come and go meanwhile. */
export class Audience {
  readonly #seats: Flushable[] = [];
  readonly #places = new Map<Flushable, number>();
  /** How often a viewer has come again: one connection may play a stream more than once. */
  #again: Map<Flushable, number> | undefined;
  /** The seats before this one have not been called in this round. */
  #left = 0;

  get size(): number {
    return this.#seats.length;
  }

  /** Who comes during a round is not called in it. */
  add(viewer: Flushable): void {
    if (this.#places.has(viewer)) {
      this.#again ??= new Map();
      this.#again.set(viewer, (this.#again.get(viewer) ?? 0) + 1);
      return;
    }
    this.#places.set(viewer, this.#seats.length);
    this.#seats.push(viewer);
  }

  /** The last one takes the empty seat, and may be called once more for it; nobody is left out. */
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

  /** Whose turn it is; undefined once the round is over. */
  take(): Flushable | undefined {
    if (this.#left === 0) return undefined;
    this.#left -= 1;
    return this.#seats[this.#left];
  }
}
