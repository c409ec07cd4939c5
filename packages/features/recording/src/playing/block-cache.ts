import type { FileHandle } from "node:fs/promises";
import { KIB, MIB } from "@headgate/config";
import type { Guard } from "@headgate/transport";

/** What is read of a file at once. Larger blocks cost less processor time, and more memory for players that are far apart. Bytes. */
export const BLOCK_BYTES: number = 64 * KIB;

/** The blocks of all files that are kept for their players: a thousand places. Bytes. */
const MAX_CACHE_BYTES: number = 64 * MIB;

const MAX_BLOCKS = MAX_CACHE_BYTES / BLOCK_BYTES;

/** A file whose blocks are read. */
export interface ReadableFile {
  /** Unlike for unlike files. */
  readonly id: number;
  readonly handle: Pick<FileHandle, "read">;
}

type Block = Uint8Array | Loading;

interface Loading {
  readonly waiting: Set<() => void>;
}

/** The blocks of files that are being played. Players of one place share them. */
export class BlockCache {
  readonly #guard: Guard;
  /** Those used last are the last. */
  readonly #blocks = new Map<string, Block>();

  constructor(guard: Guard) {
    this.#guard = guard;
  }

  get size(): number {
    return this.#blocks.size;
  }

  /**
   * A block of the file, which is shorter at the end of the file. Undefined if it has to be read: then `onReady` is called once it
   * is there, or cannot be read, which is as if the file ended there.
   */
  block(file: ReadableFile, number: number, onReady: () => void): Uint8Array | undefined {
    const key = `${file.id} ${number}`;
    const known = this.#blocks.get(key);
    if (known instanceof Uint8Array) {
      this.#blocks.delete(key);
      this.#blocks.set(key, known);
      return known;
    }
    if (known) known.waiting.add(onReady);
    else this.#load(file, number, key, onReady);
    return undefined;
  }

  /** Forgets the block of a file that has grown. */
  forget(file: ReadableFile, number: number): void {
    const key = `${file.id} ${number}`;
    if (this.#blocks.get(key) instanceof Uint8Array) this.#blocks.delete(key);
  }

  #load(file: ReadableFile, number: number, key: string, onReady: () => void): void {
    const loading: Loading = { waiting: new Set([onReady]) };
    this.#blocks.set(key, loading);
    const loaded = (block: Uint8Array): void => {
      this.#blocks.delete(key);
      this.#blocks.set(key, block);
      this.#trim();
      for (const waiting of loading.waiting) waiting();
    };
    this.#guard.settle(readBlock(file, number), loaded, () => loaded(new Uint8Array()));
  }

  /** Blocks that are being read stay: their number is that of the players. */
  #trim(): void {
    for (const [key, block] of this.#blocks) {
      if (this.#blocks.size <= MAX_BLOCKS) return;
      if (block instanceof Uint8Array) this.#blocks.delete(key);
    }
  }
}

async function readBlock({ handle }: ReadableFile, number: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(BLOCK_BYTES);
  let length = 0;
  while (length < BLOCK_BYTES) {
    const { bytesRead } = await handle.read(
      bytes,
      length,
      BLOCK_BYTES - length,
      number * BLOCK_BYTES + length,
    );
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length === BLOCK_BYTES ? bytes : bytes.slice(0, length);
}
