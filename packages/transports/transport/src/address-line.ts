/** A line in which addresses take turns, so that nothing waits for all that is of another address. */
export class AddressLine<Item> {
  /** By the key of the address. The one whose turn is next comes first. */
  readonly #lines = new Map<string, Set<Item>>();
  #size = 0;

  /** How many wait, of all addresses. */
  get size(): number {
    return this.#size;
  }

  /** The addresses of those that wait. */
  keys(): Iterable<string> {
    return this.#lines.keys();
  }

  sizeOf(key: string): number {
    return this.#lines.get(key)?.size ?? 0;
  }

  /** `key` is an address's, from `addressKey`. An item that waits already keeps its place. */
  add(key: string, item: Item): void {
    const line = this.#lines.get(key) ?? new Set();
    if (line.has(item)) return;
    this.#lines.set(key, line.add(item));
    this.#size += 1;
  }

  /** Returns whether it has waited. */
  delete(key: string, item: Item): boolean {
    const line = this.#lines.get(key);
    if (!line?.delete(item)) return false;
    if (line.size === 0) this.#lines.delete(key);
    this.#size -= 1;
    return true;
  }

  /** Takes the first item of the first address that may go. */
  take(mayGo: (key: string) => boolean = always): Item | undefined {
    for (const [key, line] of this.#lines) {
      if (!mayGo(key)) continue;
      const [item] = line;
      this.delete(key, item!);
      this.#moveToEnd(key);
      return item;
    }
    return undefined;
  }

  #moveToEnd(key: string): void {
    if (this.#lines.size === 1) return;
    const line = this.#lines.get(key);
    if (line && this.#lines.delete(key)) this.#lines.set(key, line);
  }
}

const always = (): boolean => true;
