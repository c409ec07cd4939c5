import type { FileHandle } from "node:fs/promises";
import type { Guard } from "@headgate/transport";
import { readAll } from "../read-all.ts";
import type { FileOpening, MessageIndex } from "./media-index.ts";

export interface GrowingFile {
  readonly handle: FileHandle;
  readonly opening: FileOpening<MessageIndex>;
  /** What the index has been made of. */
  readonly bytes: number;
  /** Whether the file is still being written. One that is rejected ends it. */
  isWritten(): boolean | Promise<boolean>;
  /** The file was so long before. */
  onGrown(bytesBefore: number): void;
}

/**
 * Follows a file that is being written: takes what has come into its index, and tells those that wait for it, also when nothing more
 * will come.
 */
export class FileGrowth {
  readonly #file: GrowingFile;
  readonly #guard: Guard;
  readonly #waiting = new Set<() => void>();
  #bytes: number;
  #isGrowing = true;
  #isLooking = false;

  constructor(file: GrowingFile, guard: Guard) {
    this.#file = file;
    this.#guard = guard;
    this.#bytes = file.bytes;
  }

  get isGrowing(): boolean {
    return this.#isGrowing;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Calls this once when there is more to read, or when there will be no more. */
  wait(onMore: () => void): void {
    this.#waiting.add(onMore);
  }

  /** Called a few times a second. */
  look(): void {
    if (!this.#isGrowing || this.#isLooking) return;
    this.#isLooking = true;
    this.#guard.settle(
      this.#follow(),
      (hasChanged) => {
        this.#isLooking = false;
        if (hasChanged) this.#tell();
      },
      // What cannot be read further has ended.
      () => {
        this.#isGrowing = false;
        this.#tell();
      },
    );
  }

  /** Whether it is still written is asked first: then all is there that was written before. */
  async #follow(): Promise<boolean> {
    const { handle, opening, isWritten, onGrown } = this.#file;
    const isGrowing = await isWritten();
    const { size } = await handle.stat();
    if (isGrowing && size === this.#bytes) return false;
    opening.extend?.(isGrowing);
    await readAll(opening, handle, size);
    onGrown(this.#bytes);
    this.#bytes = size;
    this.#isGrowing = isGrowing;
    return true;
  }

  #tell(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const onMore of waiting) onMore();
  }
}
