/** Pieces shorter than this are joined, because each costs some 200 bytes besides its own. */
const SMALL_BYTES = 1024;

/** What short pieces are joined to. Bytes. */
const JOINED_BYTES: number = 4 * SMALL_BYTES;

/** Bytes that have arrived and not been read, handed out in slices. What is read at once is not copied. */
export class InputQueue {
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;
  /** Whether the memory of the last piece is the caller's. */
  #isBorrowed = false;
  /** Memory at the end of which the last piece that was kept lies, if it was joined of several, and how much is used. */
  #joined = new Uint8Array(0);
  #joinedBytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** How many pieces of memory it consists of. */
  get pieces(): number {
    return this.#pieces.length;
  }

  /** The caller may use the memory again after {@link keep}, which comes before the next piece. */
  add(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    this.#isBorrowed = true;
  }

  /** Copies what is left of the last piece. */
  keep(): void {
    if (!this.#isBorrowed) return;
    this.#isBorrowed = false;
    const last = this.#pieces.pop();
    if (!last) return;
    const before = this.#pieces.at(-1);
    if (before && this.#canJoin(before, last))
      this.#pieces[this.#pieces.length - 1] = this.#join(before, last);
    else this.#pieces.push(new Uint8Array(last));
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

  #canJoin(before: Uint8Array, last: Uint8Array): boolean {
    if (this.#isJoined(before)) return this.#joinedBytes + last.length <= JOINED_BYTES;
    return before.length < SMALL_BYTES && last.length < SMALL_BYTES;
  }

  #isJoined(piece: Uint8Array): boolean {
    return piece.buffer === this.#joined.buffer;
  }

  #join(before: Uint8Array, last: Uint8Array): Uint8Array {
    if (!this.#isJoined(before)) {
      this.#joined = new Uint8Array(JOINED_BYTES);
      this.#joined.set(before);
      this.#joinedBytes = before.length;
    }
    this.#joined.set(last, this.#joinedBytes);
    this.#joinedBytes += last.length;
    return this.#joined.subarray(this.#joinedBytes - last.length - before.length, this.#joinedBytes);
  }
}
