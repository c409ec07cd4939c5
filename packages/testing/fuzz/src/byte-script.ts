/** Reads an input as a list of steps: any bytes are a valid one, so that parts of it can be left out. */
export class ByteScript {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isOver(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** 0 when nothing is left. */
  u8(): number {
    const byte = this.#bytes[this.#at] ?? 0;
    this.#at += 1;
    return byte;
  }

  u16(): number {
    return this.u8() * 256 + this.u8();
  }

  /** Fewer when no more are left. */
  take(length: number): Uint8Array {
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.u8() % items.length] as T;
  }
}
