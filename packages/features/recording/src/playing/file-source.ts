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
    const message = index.message(this.#next, bytes);
    this.#next += 1;
    return message;
  }

  seek(positionMs: number): number {
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
    this.#onClose();
  }

  /** A block was read while the file grew, or the file is shorter than it was when its index was made. */
  #readAgain(position: number, length: number): Message | "later" | undefined {
    if (this.#file.growth === undefined || this.#isReadingAgain) return undefined;
    this.#isReadingAgain = true;
    const last = Math.floor((position + length - 1) / BLOCK_BYTES);
    for (let number = Math.floor(position / BLOCK_BYTES); number <= last; number += 1)
      this.#cache.forget(this.#file, number);
    return this.next();
  }

  /** Undefined while they are on their way; the block behind them is read ahead. */
  #read(position: number, length: number): Uint8Array | undefined {
    const first = Math.floor(position / BLOCK_BYTES);
    const last = Math.floor((position + Math.max(1, length) - 1) / BLOCK_BYTES);
    const from = position - first * BLOCK_BYTES;
    if (first === last) {
      const block = this.#block(first);
      this.#readAhead(last);
      return block?.subarray(from, from + length);
    }
    const bytes = new Uint8Array(length);
    let read = 0;
    let isWhole = true;
    for (let number = first; number <= last; number += 1) {
      const block = this.#block(number);
      if (!block) {
        isWhole = false;
        continue;
      }
      const part = block.subarray(number === first ? from : 0, (number === first ? from : 0) + length - read);
      if (isWhole) bytes.set(part, read);
      read += part.length;
    }
    if (!isWhole) return undefined;
    this.#readAhead(last);
    return bytes.subarray(0, read);
  }

  #readAhead(number: number): void {
    if ((number + 1) * BLOCK_BYTES < this.#file.bytes) this.#cache.block(this.#file, number + 1, NOBODY);
  }

  #block(number: number): Uint8Array | undefined {
    return this.#cache.block(this.#file, number, this.#onBlock);
  }
}

const NOBODY = (): void => {};
