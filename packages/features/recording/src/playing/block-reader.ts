import { BLOCK_BYTES, type BlockCache, type ReadableFile } from "./block-cache.ts";

/** Reads pieces of a file from the cache of blocks. It holds nothing but the blocks of a piece of which some are on their way. */
export class BlockReader {
  readonly #file: ReadableFile;
  readonly #cache: BlockCache;
  readonly #onBlock: () => void;
  #held: { readonly first: number; readonly last: number } | undefined;

  /** `onBlock` is called when a piece that was not there may be. */
  constructor(file: ReadableFile, cache: BlockCache, onBlock: () => void) {
    this.#file = file;
    this.#cache = cache;
    this.#onBlock = onBlock;
  }

  /** What is there of the piece, which is valid until the next; undefined while it is on its way. */
  read(position: number, length: number): Uint8Array | undefined {
    const first = Math.floor(position / BLOCK_BYTES);
    const last = Math.floor((position + Math.max(1, length) - 1) / BLOCK_BYTES);
    const from = position - first * BLOCK_BYTES;
    const isAtOnce = first === last && this.#held === undefined;
    const block = isAtOnce ? this.#cache.block(this.#file, first) : undefined;
    if (block) return block.subarray(from, from + length);
    return this.#hold(first, last) ? this.#join(first, last, from, length) : undefined;
  }

  /** The piece is no longer waited for. */
  release(): void {
    if (!this.#held) return;
    const { first, last } = this.#held;
    this.#held = undefined;
    for (let number = first; number <= last; number += 1)
      this.#cache.release(this.#file, number, this.#onBlock);
  }

  /** Whether all of these blocks are there. */
  #hold(first: number, last: number): boolean {
    this.#held = { first, last };
    let areThere = true;
    for (let number = first; number <= last; number += 1)
      if (!this.#cache.hold(this.#file, number, this.#onBlock)) areThere = false;
    return areThere;
  }

  /** A piece in blocks that are there, which are not needed any longer. */
  #join(first: number, last: number, from: number, length: number): Uint8Array {
    const bytes = this.#cache.spans.take(length);
    let read = 0;
    for (let number = first; number <= last; number += 1) {
      const start = number === first ? from : 0;
      const block = this.#cache.block(this.#file, number)!;
      const part = block.subarray(start, start + length - read);
      bytes.set(part, read);
      read += part.length;
      // It was read while the file ended in it: what is in the next one does not follow.
      if (block.length < BLOCK_BYTES) break;
    }
    this.release();
    return bytes.subarray(0, read);
  }
}
