/** The questions about one session that are open. Nothing is told of it meanwhile: a stop must not overtake its start. */
export class OpenQuestions {
  #count = 0;
  readonly #whenNone: (() => void)[] = [];

  get areThere(): boolean {
    return this.#count > 0;
  }

  async during<T>(ask: () => Promise<T>): Promise<T> {
    this.#count += 1;
    try {
      return await ask();
    } finally {
      this.#count -= 1;
      if (!this.areThere) for (const work of this.#whenNone.splice(0)) work();
    }
  }

  /** Does the work when no question is open. */
  whenNone(work: () => void): void {
    if (this.areThere) this.#whenNone.push(work);
    else work();
  }
}
