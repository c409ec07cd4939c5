const INITIAL_CAPACITY = 256;
const utf8 = new TextEncoder();

/** Up to here a loop is faster than the encoder, which makes memory of its own for what it returns. UTF-16 units. */
const MAX_SHORT_TEXT = 64;

/** Writes big-endian fields one after the other into a buffer that grows by doubling. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity: number = INITIAL_CAPACITY) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
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
    const at = this.#reserve(3);
    this.#view.setUint16(at, value >>> 8);
    this.#view.setUint8(at + 2, value);
    return this;
  }

  u32(value: number): this {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value);
    return this;
  }

  u32LittleEndian(value: number): this {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  f64(value: number): this {
    const at = this.#reserve(8);
    this.#view.setFloat64(at, value);
    return this;
  }

  raw(bytes: Uint8Array): this {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** UTF-8 with a u16 byte count in front, the string form RTMP and AMF0 share. */
  utf8WithU16Length(text: string): this {
    const at = this.#length;
    this.u16(text.length);
    if (text.length <= MAX_SHORT_TEXT && this.#ascii(text)) return this;
    this.#length = at;
    const encoded = utf8.encode(text);
    return this.u16(encoded.length).raw(encoded);
  }

  /** The bytes written, as a copy; the writer is then empty again. */
  finish(): Uint8Array {
    const written = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return written;
  }

  /** False, with nothing written, if the text is not ASCII. */
  #ascii(text: string): boolean {
    const at = this.#reserve(text.length);
    for (let index = 0; index < text.length; index += 1) {
      const unit = text.charCodeAt(index);
      if (unit > 0x7f) {
        this.#length = at;
        return false;
      }
      this.#bytes[at + index] = unit;
    }
    return true;
  }

  #reserve(length: number): number {
    const at = this.#length;
    this.#length = at + length;
    if (this.#length > this.#bytes.length) this.#grow();
    return at;
  }

  #grow(): void {
    const grown = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
