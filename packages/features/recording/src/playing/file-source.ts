import type { MessageSource } from "@headgate/bus";
import type { Message } from "@headgate/message";
import { BLOCK_BYTES, type BlockCache } from "./block-cache.ts";
import { BlockReader } from "./block-reader.ts";
import type { RecordedFile } from "./recorded-file.ts";

/** A player's place in a file. It holds no bytes of its own, but for a message that lies in several blocks. */
export class FileSource implements MessageSource {
  onReady: () => void = () => {};
  readonly #file: RecordedFile;
  readonly #cache: BlockCache;
  readonly #reader: BlockReader;
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
    this.#reader = new BlockReader(file, cache, this.#onBlock);
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
    const bytes = this.#reader.read(position, length);
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
    this.#reader.release();
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
    this.#reader.release();
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
}
