/** Bytes that wait to be sent. */
export class ByteQueue {
  #pieces: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pieces.push(bytes);
    this.#length += bytes.length;
  }

  /** Moves bytes from the front to `target`, as many as fit. */
  moveTo(target: Uint8Array): void {
    let at = 0;
    let used = 0;
    while (at < target.length && used < this.#pieces.length) {
      const piece = this.#pieces[used]!;
      const part = piece.subarray(0, target.length - at);
      target.set(part, at);
      at += part.length;
      if (part.length === piece.length) used += 1;
      else this.#pieces[used] = piece.subarray(part.length);
    }
    this.#pieces.splice(0, used);
    this.#length -= at;
  }

  /** Removes the first `length` bytes, which must exist, and returns the pieces that contain them: nothing is copied. */
  take(length: number): readonly Uint8Array[] {
    this.#length -= length;
    if (this.#length === 0) return this.#pieces.splice(0);
    let left = length;
    let whole = 0;
    while (left >= this.#pieces[whole]!.length) left -= this.#pieces[whole++]!.length;
    const taken = this.#pieces.splice(0, whole);
    if (left === 0) return taken;
    const cut = this.#pieces[0]!;
    this.#pieces[0] = cut.subarray(left);
    return [...taken, cut.subarray(0, left)];
  }

  clear(): void {
    this.#pieces = [];
    this.#length = 0;
  }
}
