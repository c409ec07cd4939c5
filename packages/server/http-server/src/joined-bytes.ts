/** What short pieces are copied into. Bytes. */
const BLOCK_BYTES: number = 16 * 1024;

/** A longer piece is kept as it is, if nothing short waits before it. Bytes. */
const SHORT_PIECE_BYTES = 1024;

/**
 * Bytes that wait, in the order in which their pieces came. A Buffer takes some hundred bytes besides its own, so short pieces are
 * joined: a body in pieces of one byte takes no more memory than any other.
 */
export class JoinedBytes {
  readonly #full: Buffer[] = [];
  #block: Buffer | undefined;
  /** Bytes of the block. */
  #used = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(piece: Buffer): void {
    this.#length += piece.length;
    if (!this.#block && piece.length >= SHORT_PIECE_BYTES) this.#full.push(piece);
    else this.#copy(piece);
  }

  /** Takes the first bytes, as many as lie together; undefined if there are none. */
  take(): Buffer | undefined {
    const bytes = this.#full.shift() ?? this.#takeBlock();
    this.#length -= bytes?.length ?? 0;
    return bytes;
  }

  #copy(piece: Buffer): void {
    let rest = piece;
    while (rest.length > 0) {
      this.#block ??= Buffer.allocUnsafeSlow(BLOCK_BYTES);
      const copied = rest.copy(this.#block, this.#used);
      this.#used += copied;
      rest = rest.subarray(copied);
      if (this.#used === BLOCK_BYTES) this.#full.push(this.#endBlock());
    }
  }

  /** A copy, because a few bytes must not keep the memory of a block; not in Node's pool, whose blocks are as long or longer. */
  #takeBlock(): Buffer | undefined {
    if (!this.#block) return undefined;
    const bytes = this.#endBlock();
    const copy = Buffer.allocUnsafeSlow(bytes.length);
    bytes.copy(copy);
    return copy;
  }

  #endBlock(): Buffer {
    const bytes = this.#block!.subarray(0, this.#used);
    this.#block = undefined;
    this.#used = 0;
    return bytes;
  }
}
