/** Bytes that have arrived and not been read, handed out in slices. Nothing is copied. */
export class InputQueue {
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  add(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
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
