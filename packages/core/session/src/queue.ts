/** Taken items are let go of when so many of them are the larger part. */
const MIN_TAKEN = 1024;

/**
 * First in, first out. An array's own `shift` moves all that is left of a long one, and a peer can bring tens of thousands of
 * empty messages in one turn.
 */
export class Queue<Item> {
  #items: Item[] = [];
  #taken = 0;

  push(item: Item): void {
    this.#items.push(item);
  }

  shift(): Item | undefined {
    if (this.#taken === this.#items.length) return undefined;
    const item = this.#items[this.#taken];
    this.#taken += 1;
    if (this.#taken === this.#items.length) {
      this.#items = [];
      this.#taken = 0;
    } else if (this.#taken >= MIN_TAKEN && 2 * this.#taken >= this.#items.length) {
      this.#items = this.#items.slice(this.#taken);
      this.#taken = 0;
    }
    return item;
  }
}
