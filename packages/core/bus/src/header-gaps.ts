/** From which entry of a stream to which it is not known any more what was in force: something that was has been forgotten. */
export class HeaderGaps {
  readonly #present = new Gap();
  /** That of all publishers before. */
  readonly #past = new Gap();

  /** What came before `to` and was in force behind `from` is forgotten. */
  add(from: number, to: number): void {
    this.#present.include(from, to);
  }

  /** A publisher has gone, and nothing of what it said is in force. */
  close(): void {
    this.#past.include(this.#present.from, this.#present.to);
    this.#present.clear();
  }

  /** The first entry from this one on at which it is known. */
  knownFrom(number: number): number {
    return this.#present.behind(this.#past.behind(number));
  }
}

/** One gap around all that is forgotten: a publisher that repeats its headers would make thousands. */
class Gap {
  from = Number.POSITIVE_INFINITY;
  to = Number.NEGATIVE_INFINITY;

  include(from: number, to: number): void {
    this.from = Math.min(this.from, from);
    this.to = Math.max(this.to, to);
  }

  clear(): void {
    this.from = Number.POSITIVE_INFINITY;
    this.to = Number.NEGATIVE_INFINITY;
  }

  behind(number: number): number {
    return number > this.from && number < this.to ? this.to : number;
  }
}
