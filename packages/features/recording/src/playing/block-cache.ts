import { KIB, MIB } from "@headgate/config";
import { ReusedBuffer } from "@headgate/driver";
import type { Guard } from "@headgate/transport";
import type { ReadCached } from "../read-cached.ts";

/** Bytes. Smaller blocks cost more processor time, larger ones more memory. */
export const BLOCK_BYTES: number = 64 * KIB;

/** So much is read of a file at once: a read costs as much as copying a hundred kilobytes. */
const BLOCKS_OF_READ = 2;

/** Reads at a time. What they bring is sent before others are begun, so many players need no more memory than few. */
const MAX_READS = 16;

/** The blocks of all files that are kept for the next player that comes there. Bytes. */
const MAX_CACHE_BYTES: number = 32 * MIB;

const MAX_BLOCKS = MAX_CACHE_BYTES / BLOCK_BYTES;

/** Memory of blocks that is kept to be used again. */
const MAX_FREE_BLOCKS: number = MAX_READS * BLOCKS_OF_READ;

/** A file has fewer blocks: together they are a terabyte. */
const BLOCKS_OF_FILE = 2 ** 24;

/** A file whose blocks are read. */
export interface ReadableFile {
  /** Unlike for unlike files. */
  readonly id: number;
  readonly bytes: number;
  readonly handle: {
    readonly fd: number;
    readv(memory: readonly Uint8Array[], position: number): Promise<{ readonly bytesRead: number }>;
  };
}

interface Block {
  /** Undefined while it is being read. */
  bytes: Uint8Array | undefined;
  /** Whether it was asked for since its turn to make room came last. */
  isUsed: boolean;
  /** Those that hold it, which are called once it is there. */
  readonly holders: Set<() => void>;
}

interface Read {
  readonly file: ReadableFile;
  /** Of the first of the blocks. */
  readonly number: number;
  readonly blocks: readonly Block[];
}

/**
 * The blocks of files that are being played. Players of one place share them. A block's bytes are valid until another one is asked for:
 * its memory is used again when it makes room.
 */
export class BlockCache {
  /** For messages that lie in several blocks, and for the bodies of messages that a file holds without their headers. */
  readonly spans: ReusedBuffer = new ReusedBuffer();
  readonly bodies: ReusedBuffer = new ReusedBuffer();
  readonly #guard: Guard;
  readonly #readCached: ReadCached | undefined;
  /** In the order in which they have their turn to make room. */
  readonly #blocks = new Map<number, Block>();
  readonly #free: Uint8Array[] = [];
  #reads = 0;
  readonly #awaitingRead: Read[] = [];

  constructor(guard: Guard, readCached?: ReadCached) {
    this.#guard = guard;
    this.#readCached = readCached;
  }

  get size(): number {
    return this.#blocks.size;
  }

  /** A block of the file, which is shorter at the end of the file; undefined if it has to be read. */
  block(file: ReadableFile, number: number): Uint8Array | undefined {
    const block = this.#blocks.get(keyOf(file, number));
    if (!block) return undefined;
    block.isUsed = true;
    return block.bytes;
  }

  /**
   * The same, which is kept for the holder until it is released. If it has to be read, the holder is called once it is there, or
   * cannot be read, which is as if the file ended there.
   */
  hold(file: ReadableFile, number: number, holder: () => void): Uint8Array | undefined {
    const key = keyOf(file, number);
    const block =
      this.#blocks.get(key) ?? this.#loadAtOnce(file, number, key) ?? this.#load(file, number, key);
    block.isUsed = true;
    block.holders.add(holder);
    return block.bytes;
  }

  release(file: ReadableFile, number: number, holder: () => void): void {
    this.#blocks.get(keyOf(file, number))?.holders.delete(holder);
  }

  /** Forgets the block of a file that has grown. */
  forget(file: ReadableFile, number: number): void {
    const key = keyOf(file, number);
    if (this.#blocks.get(key)?.bytes) this.#blocks.delete(key);
  }

  /** Undefined unless the system has all of it in memory. */
  #loadAtOnce(file: ReadableFile, number: number, key: number): Block | undefined {
    const position = number * BLOCK_BYTES;
    const expected = Math.min(BLOCK_BYTES, file.bytes - position);
    if (!this.#readCached || expected <= 0) return undefined;
    this.#trim();
    const memory = this.#takeMemory();
    const length = this.#readCached(file.handle.fd, memory, position);
    if (length < expected) {
      this.#free.push(memory);
      return undefined;
    }
    const bytes = length === BLOCK_BYTES ? memory : memory.slice(0, length);
    const block: Block = { bytes, isUsed: true, holders: new Set() };
    this.#blocks.set(key, block);
    return block;
  }

  #takeMemory(): Uint8Array {
    return this.#free.pop() ?? new Uint8Array(BLOCK_BYTES);
  }

  /** Has it read, and those behind it that are not there. */
  #load(file: ReadableFile, number: number, key: number): Block {
    const end = Math.min(number + BLOCKS_OF_READ, Math.max(number + 1, Math.ceil(file.bytes / BLOCK_BYTES)));
    const blocks: Block[] = [];
    for (let at = key; at < key + end - number && !this.#blocks.has(at); at += 1) {
      const block: Block = { bytes: undefined, isUsed: true, holders: new Set() };
      this.#blocks.set(at, block);
      blocks.push(block);
    }
    this.#awaitingRead.push({ file, number, blocks });
    this.#readNext();
    return blocks[0]!;
  }

  #readNext(): void {
    if (this.#reads >= MAX_READS) return;
    const read = this.#awaitingRead.shift();
    if (!read) return;
    this.#reads += 1;
    const { file, number, blocks } = read;
    const memory = blocks.map(() => this.#takeMemory());
    const end = (bytesRead: number): void => this.#end(blocks, memory, bytesRead);
    this.#guard.settle(readBytes(file, number * BLOCK_BYTES, memory), end, () => end(0));
  }

  #end(blocks: readonly Block[], memory: readonly Uint8Array[], bytesRead: number): void {
    this.#reads -= 1;
    for (const [index, block] of blocks.entries()) {
      const length = Math.max(0, Math.min(BLOCK_BYTES, bytesRead - index * BLOCK_BYTES));
      block.bytes = length === BLOCK_BYTES ? memory[index] : memory[index]!.slice(0, length);
    }
    this.#trim();
    for (const { holders } of blocks) for (const holder of holders) holder();
    this.#readNext();
  }

  /** The one whose turn it is makes room, unless it was used meanwhile. Blocks that are held stay, few for each player. */
  #trim(): void {
    let turns = 2 * this.#blocks.size;
    for (const [key, block] of this.#blocks) {
      if (this.#blocks.size <= MAX_BLOCKS || turns === 0) return;
      turns -= 1;
      this.#blocks.delete(key);
      if (block.isUsed || !block.bytes || block.holders.size > 0) {
        block.isUsed = false;
        this.#blocks.set(key, block);
      } else if (block.bytes.length === BLOCK_BYTES && this.#free.length < MAX_FREE_BLOCKS) {
        this.#free.push(block.bytes);
      }
    }
  }
}

function keyOf({ id }: ReadableFile, number: number): number {
  return id * BLOCKS_OF_FILE + number;
}

/** Fills the memory from a position of the file on, and returns how many bytes there were. */
async function readBytes(
  { handle }: ReadableFile,
  position: number,
  memory: readonly Uint8Array[],
): Promise<number> {
  const wanted = memory.length * BLOCK_BYTES;
  let length = 0;
  while (length < wanted) {
    const { bytesRead } = await handle.readv(rest(memory, length), position + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}

/** What is left of the memory after so many bytes. */
function rest(memory: readonly Uint8Array[], length: number): readonly Uint8Array[] {
  if (length === 0) return memory;
  const first = Math.floor(length / BLOCK_BYTES);
  return [memory[first]!.subarray(length % BLOCK_BYTES), ...memory.slice(first + 1)];
}
