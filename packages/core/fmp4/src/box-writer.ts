const INITIAL_CAPACITY = 1024;
const TWO_TO_32 = 2 ** 32;

/** Writes boxes one after the other and into each other (ISO/IEC 14496-12 §4.2); a box's size is set when it is closed. */
export class BoxWriter {
  #bytes = new Uint8Array(INITIAL_CAPACITY);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  readonly #open: number[] = [];

  get length(): number {
    return this.#length;
  }

  open(type: string): this {
    this.#open.push(this.#length);
    return this.u32(0).text(type);
  }

  openFull(type: string, version: number, flags: number): this {
    return this.open(type).u32((version << 24) | flags);
  }

  close(): this {
    const at = this.#open.pop()!;
    return this.setU32(at, this.#length - at);
  }

  u8(value: number): this {
    const at = this.#reserve(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value);
    return this;
  }

  u24(value: number): this {
    return this.u8(value >>> 16).u16(value);
  }

  u32(value: number): this {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value);
    return this;
  }

  /** A number below 2^53, and -1. */
  u64(value: number): this {
    return this.u32(Math.floor(value / TWO_TO_32)).u32(value % TWO_TO_32);
  }

  setU32(at: number, value: number): this {
    this.#view.setUint32(at, value);
    return this;
  }

  zeroes(count: number): this {
    const at = this.#reserve(count);
    this.#bytes.fill(0, at, at + count);
    return this;
  }

  raw(bytes: Uint8Array): this {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** ASCII. */
  text(text: string): this {
    const at = this.#reserve(text.length);
    for (let index = 0; index < text.length; index += 1) this.#bytes[at + index] = text.charCodeAt(index);
    return this;
  }

  /** The bytes written, as a copy; the writer is then empty again. */
  finish(): Uint8Array {
    const written = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return written;
  }

  /** The bytes written, as they are; nothing is written afterwards. */
  end(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(count: number): number {
    const at = this.#length;
    this.#length = at + count;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }
}
