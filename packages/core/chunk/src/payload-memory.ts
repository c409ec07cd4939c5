/** Sizes are powers of two between these. A frame of 50 Mb/s has 200 KiB; what is longer has memory of its own. Bytes. */
const LEAST_BYTES = 4 * 1024;
const MOST_BYTES = 256 * 1024;

/** Kept for later messages, in all. Those of five hundred publishers that arrive at one moment fit. Bytes. */
const MAX_FREE_BYTES = 8 * 1024 * 1024;

/**
 * Memory for messages that are handled before the next one is read, as audio and video are. It is used again and again, by all
 * connections: memory of its own for each message would be the greater part of what a publisher costs.
 */
export class PayloadMemory {
  readonly #free = new Map<number, Uint8Array[]>();
  #freeBytes = 0;

  /** Kept for later messages. Bytes. */
  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** How many bytes {@link take} returns for so many. */
  sizeFor(length: number): number {
    if (length > MOST_BYTES) return length;
    return length <= LEAST_BYTES ? LEAST_BYTES : 1 << (32 - Math.clz32(length - 1));
  }

  /** At least so many bytes, with any content. */
  take(length: number): Uint8Array {
    const size = this.sizeFor(length);
    const memory = this.#free.get(size)?.pop();
    if (!memory) return new Uint8Array(size);
    this.#freeBytes -= size;
    return memory;
  }

  /** Nobody reads this memory any more. */
  giveBack(memory: Uint8Array): void {
    const size = memory.length;
    if (size > MOST_BYTES || size !== this.sizeFor(size) || this.#freeBytes + size > MAX_FREE_BYTES) return;
    const free = this.#free.get(size);
    if (free) free.push(memory);
    else this.#free.set(size, [memory]);
    this.#freeBytes += size;
  }
}
