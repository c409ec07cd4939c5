import type { MessageSource } from "@headgate/bus";
import type { Message } from "@headgate/message";
import { BLOCK_BYTES, type BlockCache } from "./block-cache.ts";
import type { RecordedFile } from "./recorded-file.ts";

/** A player's place in a file. It holds no bytes of its own, but for a message that lies in several blocks. */
export class FileSource implements MessageSource {
  onReady: () => void = () => {};
  readonly #file: RecordedFile;
  readonly #cache: BlockCache;
  readonly #onClose: () => void;
  #next = 0;
  /** The blocks of a message of which some are on their way. */
  #held: { readonly first: number; readonly last: number } | undefined;
  #isClosed = false;
  /** Whether a block was read that was too short, and is being read again. */
  #isReadingAgain = false;
  readonly #onBlock = (): void => {
    if (!this.#isClosed) this.onReady();
  };

  constructor(file: RecordedFile, cache: BlockCache, onClose: () => void) {
    this.#file = file;
    this.#cache = cache;
    this.#onClose = onClose;
  }

  get durationMs(): number {
    return this.#file.index.durationMs;
  }

  get isGrowing(): boolean {
    return this.#file.growth?.isGrowing ?? false;
  }

  get hasVideo(): boolean {
    return this.#file.index.hasVideo;
  }

  get headers(): readonly Message[] {
    const { index } = this.#file;
    return index.headers(Math.min(this.#next, Math.max(0, index.count - 1)));
  }

  get nextMs(): number | undefined {
    const { index } = this.#file;
    return this.#isClosed || this.#next >= index.count ? undefined : index.timestampMs(this.#next);
  }

  next(): Message | "later" | undefined {
    const { index, growth } = this.#file;
    if (this.#isClosed) return undefined;
    if (this.#next >= index.count) {
      if (growth?.isGrowing) growth.wait(this.#onBlock);
      return undefined;
    }
    const position = index.position(this.#next);
    const length = index.length(this.#next);
    const bytes = this.#read(position, length);
    if (bytes === undefined) return "later";
    if (bytes.length < length) return this.#readAgain(position, length);
    this.#isReadingAgain = false;
    const message = index.message(this.#next, bytes, this.#cache.bodies);
    this.#next += 1;
    return message;
  }

  back(): void {
    this.#next -= 1;
  }

  seek(positionMs: number): number {
    this.#release();
    this.#isReadingAgain = false;
    const { index } = this.#file;
    if (index.count === 0) return 0;
    this.#next = index.atOrBefore(positionMs);
    return index.timestampMs(this.#next);
  }

  /** Goes on at the first message, whatever it is. */
  rewind(): void {
    this.#next = 0;
  }

  /** The time of the first message at which a player can begin. Milliseconds. */
  get beginningMs(): number {
    const { index } = this.#file;
    return index.count === 0 ? 0 : index.timestampMs(index.atOrBefore(0));
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#release();
    this.#onClose();
  }

  /** A block was read while the file grew, or the file is shorter than it was when its index was made. */
  #readAgain(position: number, length: number): Message | "later" | undefined {
    const { growth } = this.#file;
    if (growth === undefined) return undefined;
    if (this.#isReadingAgain) {
      if (!growth.isGrowing) return undefined;
      growth.wait(this.#onBlock);
      return "later";
    }
    this.#isReadingAgain = true;
    const last = Math.floor((position + length - 1) / BLOCK_BYTES);
    for (let number = Math.floor(position / BLOCK_BYTES); number <= last; number += 1)
      this.#cache.forget(this.#file, number);
    return this.next();
  }

  /** Undefined while they are on their way. */
  #read(position: number, length: number): Uint8Array | undefined {
    const first = Math.floor(position / BLOCK_BYTES);
    const last = Math.floor((position + Math.max(1, length) - 1) / BLOCK_BYTES);
    const from = position - first * BLOCK_BYTES;
    const isAtOnce = first === last && this.#held === undefined;
    const block = isAtOnce ? this.#cache.block(this.#file, first) : undefined;
    if (block) return block.subarray(from, from + length);
    return this.#hold(first, last) ? this.#join(first, last, from, length) : undefined;
  }

  /** Whether all of these blocks are there. */
  #hold(first: number, last: number): boolean {
    this.#held = { first, last };
    let areThere = true;
    for (let number = first; number <= last; number += 1)
      if (!this.#cache.hold(this.#file, number, this.#onBlock)) areThere = false;
    return areThere;
  }

  /** A message in blocks that are there, which are not needed any longer. */
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
    this.#release();
    return bytes.subarray(0, read);
  }

  #release(): void {
    if (!this.#held) return;
    const { first, last } = this.#held;
    this.#held = undefined;
    for (let number = first; number <= last; number += 1)
      this.#cache.release(this.#file, number, this.#onBlock);
  }
}
