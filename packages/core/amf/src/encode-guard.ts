import type { ByteWriter } from "@headgate/bytes";
import { MAX_ENCODED_BYTES, MAX_ENCODED_DEPTH, MAX_ENCODED_VALUES } from "./limits.ts";

/**
 * References are written out as what they refer to, so a value that contains itself would never end, and one that shares
 * its parts may be far longer than it was on the wire. Entered and left once per value.
 */
export class EncodeGuard {
  readonly #writer: ByteWriter;
  readonly #start: number;
  readonly #maxBytes: number;
  #depth = 0;
  #values = 0;

  constructor(writer: ByteWriter, maxBytes: number = MAX_ENCODED_BYTES) {
    this.#writer = writer;
    this.#start = writer.length;
    this.#maxBytes = maxBytes;
  }

  enter(): void {
    this.#depth += 1;
    this.#values += 1;
    if (this.#depth > MAX_ENCODED_DEPTH) {
      throw new Error(`an AMF value nests deeper than ${MAX_ENCODED_DEPTH}, or contains itself`);
    }
    if (this.#values > MAX_ENCODED_VALUES) {
      throw new Error(
        `an AMF value has more than ${MAX_ENCODED_VALUES} parts once references are written out`,
      );
    }
  }

  leave(): void {
    this.#depth -= 1;
    if (this.#writer.length - this.#start > this.#maxBytes) {
      throw new Error(`AMF values are longer than ${this.#maxBytes} bytes`);
    }
  }
}
