import { randomFillSync } from "node:crypto";

/** Some forty handshakes. One call costs so much more than its bytes that this takes as long as four of them. */
const POOL_BYTES = 64 * 1024;

/** Random bytes, fetched many at a time. None is handed out twice; what is to be kept of them is copied. */
export class RandomPool {
  #bytes: Uint8Array = new Uint8Array(0);

  take(length: number): Uint8Array {
    if (this.#bytes.length < length)
      this.#bytes = randomFillSync(new Uint8Array(Math.max(length, POOL_BYTES)));
    const taken = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return taken;
  }
}
