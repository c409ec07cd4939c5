/** The least number of taken items for which the array is copied without them. */
const MIN_TAKEN = 1024;

/**
 * First in, first out. `Array.shift` moves every item that is left, and a peer can send tens of thousands of empty messages in
 * one turn.
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
