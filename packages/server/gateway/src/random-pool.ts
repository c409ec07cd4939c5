import { randomFillSync } from "node:crypto";

/**
 * Enough for some forty handshakes. A call costs so much more than its bytes that filling this takes as long as four small
 * calls.
 */
const POOL_BYTES = 64 * 1024;

/** Random bytes, generated many at a time. None is handed out twice. Callers copy what they keep. */
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
