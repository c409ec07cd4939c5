import { ProtocolError, type ProtocolErrorCode } from "./protocol-error.ts";

/**
 * Reads big-endian fields from one complete piece of input, such as a message payload. Reading past the end throws the
 * ProtocolError the reader was made with, so that a parser needs no length checks of its own.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  position = 0;
  readonly #view: DataView;
  readonly #truncated: ProtocolErrorCode;

  constructor(bytes: Uint8Array, truncated: ProtocolErrorCode = "MESSAGE_TRUNCATED") {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#truncated = truncated;
  }

  get remaining(): number {
    return this.bytes.length - this.position;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2));
  }

  i16(): number {
    return this.#view.getInt16(this.#advance(2));
  }

  u24(): number {
    const at = this.#advance(3);
    return (this.#view.getUint16(at) << 8) | this.#view.getUint8(at + 2);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4));
  }

  i32(): number {
    return this.#view.getInt32(this.#advance(4));
  }

  f64(): number {
    return this.#view.getFloat64(this.#advance(8));
  }

  /** The next `length` bytes as a view, not a copy. */
  take(length: number): Uint8Array {
    const at = this.#advance(length);
    return this.bytes.subarray(at, at + length);
  }

  /** Everything not yet read, as a view. */
  rest(): Uint8Array {
    return this.take(this.remaining);
  }

  peek(): number | undefined {
    return this.bytes[this.position];
  }

  #advance(length: number): number {
    const at = this.position;
    if (length > this.bytes.length - at) {
      throw new ProtocolError(
        this.#truncated,
        `needs ${length} bytes at offset ${at} of ${this.bytes.length}; the input ends too early`,
      );
    }
    this.position = at + length;
    return at;
  }
}
