/**
 * Finds the length of a file that can only be read: positions are halved between one that has a byte and one that has none.
 */
export class FileEnd {
  /** As many bytes are there. */
  #present: number;
  /** The byte at this position is not. */
  #absent: number;

  constructor(present: number, absent: number) {
    this.#present = present;
    this.#absent = Math.max(present, absent);
  }

  /** Where to look for a byte; undefined when the length is known. */
  get probe(): number | undefined {
    if (this.#present >= this.#absent) return undefined;
    // Most files end where their last box does.
    return this.#isFirst ? this.#absent - 1 : Math.floor((this.#present + this.#absent) / 2);
  }

  #isFirst = true;

  answer(hasByte: boolean): void {
    const probe = this.probe;
    if (probe === undefined) return;
    this.#isFirst = false;
    if (hasByte) this.#present = probe + 1;
    else this.#absent = probe;
  }

  get length(): number {
    return this.#present;
  }
}
