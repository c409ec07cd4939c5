const EMPTY = new Uint8Array(0);

/** Received bytes not yet consumed, in one piece. Its memory follows what came in, never what a length field promises. */
export class ReceiveBuffer {
  #bytes = EMPTY;
  #view = new DataView(EMPTY.buffer);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  append(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#bytes.length) this.#grow(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  u8(at: number): number {
    return this.#view.getUint8(this.#start + at);
  }

  u32(at: number): number {
    return this.#view.getUint32(this.#start + at);
  }

  skip(length: number): void {
    this.#start += length;
  }

  /** The next `length` bytes as a view. It stays valid: consumed bytes are never written over. */
  take(length: number): Uint8Array {
    const taken = this.#bytes.subarray(this.#start, this.#start + length);
    this.#start += length;
    return taken;
  }

  /** Moves what is left into room for at least `length` more; doubling keeps small pieces of a large tag cheap. */
  #grow(length: number): void {
    const grown = new Uint8Array(Math.max(this.length + length, 2 * this.length));
    grown.set(this.#bytes.subarray(this.#start, this.#end));
    this.#end = this.length;
    this.#start = 0;
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
