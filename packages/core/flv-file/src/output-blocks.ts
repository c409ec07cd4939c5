/** How much is written to a file at once, usually. Bytes. */
const BLOCK_BYTES = 64 * 1024;

/** Bytes to append to a file, copied one after the other into blocks. What was taken is not touched again. */
export class OutputBlocks {
  #block = new Uint8Array(BLOCK_BYTES);
  #taken = 0;
  #used = 0;
  #full: Uint8Array[] = [];

  append(bytes: Uint8Array): void {
    if (bytes.length >= BLOCK_BYTES) this.#appendWhole(bytes);
    else this.reserve(bytes.length).set(bytes);
  }

  /** Room for so many bytes, fewer than a block has, to be written at once. */
  reserve(length: number): Uint8Array {
    if (this.#used + length > this.#block.length) {
      this.#closeBlock();
      this.#block = new Uint8Array(BLOCK_BYTES);
      this.#taken = 0;
      this.#used = 0;
    }
    this.#used += length;
    return this.#block.subarray(this.#used - length, this.#used);
  }

  take(): readonly Uint8Array[] {
    this.#closeBlock();
    const taken = this.#full;
    this.#full = [];
    return taken;
  }

  #appendWhole(bytes: Uint8Array): void {
    this.#closeBlock();
    this.#full.push(new Uint8Array(bytes));
  }

  /** What is in the block goes out; what is left of it is still used. */
  #closeBlock(): void {
    if (this.#used > this.#taken) this.#full.push(this.#block.subarray(this.#taken, this.#used));
    this.#taken = this.#used;
  }
}
