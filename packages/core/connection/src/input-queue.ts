/** Bytes that have arrived and not been read, handed out in slices. What is read at once is not copied. */
export class InputQueue {
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;
  /** Whether the memory of the last piece is the caller's. */
  #isBorrowed = false;

  get bytes(): number {
    return this.#bytes;
  }

  /** The caller may use the memory again after {@link keep}, which comes before the next piece. */
  add(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    this.#isBorrowed = true;
  }

  /** Copies what is left of the last piece. */
  keep(): void {
    const last = this.#pieces.at(-1);
    if (this.#isBorrowed && last) this.#pieces[this.#pieces.length - 1] = new Uint8Array(last);
    this.#isBorrowed = false;
  }

  /** The next bytes, so many at most; undefined if there are none. */
  take(maxBytes: number): Uint8Array | undefined {
    const first = this.#pieces[0];
    if (first === undefined) return undefined;
    const slice = first.length <= maxBytes ? first : first.subarray(0, maxBytes);
    if (slice === first) this.#pieces.shift();
    else this.#pieces[0] = first.subarray(maxBytes);
    this.#bytes -= slice.length;
    return slice;
  }
}
