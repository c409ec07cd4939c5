/**
 * What is kept of so many things at most. The first to come have the places; one that is preferred takes the place of the oldest
 * that is not.
 */
export class Places<Thing, Kept> {
  readonly #capacity: number;
  readonly #preferred = new Map<Thing, Kept>();
  readonly #others = new Map<Thing, Kept>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#preferred.size + this.#others.size;
  }

  get(thing: Thing): Kept | undefined {
    return this.#preferred.get(thing) ?? this.#others.get(thing);
  }

  /** Undefined if there is no place. */
  add(thing: Thing, begin: () => Kept): Kept | undefined {
    const known = this.get(thing);
    if (known || this.size >= this.#capacity) return known;
    const kept = begin();
    this.#others.set(thing, kept);
    return kept;
  }

  /** The same for one that is preferred from now on. */
  prefer(thing: Thing, begin: () => Kept): Kept | undefined {
    const known = this.get(thing);
    if (!known && this.size >= this.#capacity && !this.#dropOldest()) return undefined;
    const kept = known ?? begin();
    this.#others.delete(thing);
    this.#preferred.set(thing, kept);
    return kept;
  }

  delete(thing: Thing): void {
    this.#preferred.delete(thing);
    this.#others.delete(thing);
  }

  *[Symbol.iterator](): IterableIterator<[Thing, Kept]> {
    yield* this.#preferred;
    yield* this.#others;
  }

  #dropOldest(): boolean {
    for (const thing of this.#others.keys()) return this.#others.delete(thing);
    return false;
  }
}
