import { setImmediate as turn } from "node:timers/promises";
import { NO_FAULTS } from "@headgate/testkit";
import { Guard } from "@headgate/transport";
import { describe, expect, it } from "vitest";
import { BLOCK_BYTES, BlockCache, type ReadableFile } from "./block-cache.ts";

/** A file in memory, each of whose blocks is filled with its number. */
class TestFile implements ReadableFile {
  readonly id: number;
  readonly bytes: number;
  /** The positions and lengths of reads, in blocks. */
  readonly reads: [number, number][] = [];
  isBroken = false;

  constructor(id: number, bytes: number) {
    this.id = id;
    this.bytes = bytes;
  }

  readonly handle: ReadableFile["handle"] = {
    fd: 1,
    readv: async (memory, position) => {
      this.reads.push([position / BLOCK_BYTES, memory.length]);
      if (this.isBroken) throw new Error("EIO");
      let at = position;
      for (const buffer of memory) {
        const length = Math.max(0, Math.min(buffer.length, this.bytes - at));
        buffer.fill(Math.floor(at / BLOCK_BYTES) & 0xff, 0, length);
        at += length;
      }
      return { bytesRead: at - position };
    },
  };
}

function cache(): BlockCache {
  return new BlockCache(new Guard(NO_FAULTS, "task", () => {}));
}

/** Resolves when the block is there. */
async function loaded(blocks: BlockCache, file: ReadableFile, number: number): Promise<Uint8Array> {
  const holder = (): void => {};
  blocks.hold(file, number, holder);
  while (!blocks.block(file, number)) await turn();
  blocks.release(file, number, holder);
  return blocks.block(file, number)!;
}

describe("the blocks of files", () => {
  it("are read once for all that want them, two at a time, and the last is as long as the file", async () => {
    const [blocks, file] = [cache(), new TestFile(1, 2.5 * BLOCK_BYTES)];
    const calls: string[] = [];
    expect(blocks.hold(file, 0, () => calls.push("one"))).toBe(undefined);
    expect(blocks.hold(file, 0, () => calls.push("other"))).toBe(undefined);
    expect((await loaded(blocks, file, 0))[0]).toBe(0);
    expect(calls).toEqual(["one", "other"]);
    expect(blocks.block(file, 1)?.[0]).toBe(1);
    expect((await loaded(blocks, file, 2)).length).toBe(BLOCK_BYTES / 2);
    expect(file.reads.slice(0, 2)).toEqual([
      [0, 2],
      [2, 1],
    ]);
  });

  it("end where they cannot be read", async () => {
    const [blocks, file] = [cache(), new TestFile(1, 4 * BLOCK_BYTES)];
    file.isBroken = true;
    expect((await loaded(blocks, file, 0)).length).toBe(0);
  });

  it("make room for others unless they are held, so that each that waits gets its block", async () => {
    const [blocks, file] = [cache(), new TestFile(1, 4_096 * BLOCK_BYTES)];
    const holder = (): void => {};
    blocks.hold(file, 0, holder);
    for (let number = 2; number < 2_048; number += 2) await loaded(blocks, file, number);
    expect(blocks.size).toBeLessThanOrEqual(512);
    expect(blocks.block(file, 0)?.[0]).toBe(0);
    expect(blocks.block(file, 2)).toBe(undefined);
    blocks.release(file, 0, holder);
    for (let number = 2_048; number < 4_096; number += 2) await loaded(blocks, file, number);
    expect(blocks.block(file, 0)).toBe(undefined);
  });

  it("are read some at a time, in the order in which they are wanted", async () => {
    const [blocks, file] = [cache(), new TestFile(1, 400 * BLOCK_BYTES)];
    for (let number = 0; number < 100; number += 2) blocks.hold(file, number, () => {});
    expect(file.reads).toHaveLength(16);
    while (!blocks.block(file, 98)) await turn();
    expect(file.reads.map(([number]) => number)).toEqual(Array.from({ length: 50 }, (_, index) => 2 * index));
  });
});

describe("the blocks of files that the system has in memory", () => {
  /** Blocks of a file of which the system has so many bytes. */
  function known(file: TestFile, cachedBytes: number): BlockCache {
    return new BlockCache(new Guard(NO_FAULTS, "task", () => {}), (_, bytes, position) => {
      const length = Math.max(0, Math.min(bytes.length, Math.min(cachedBytes, file.bytes) - position));
      bytes.fill(position / BLOCK_BYTES, 0, length);
      return length;
    });
  }
  const holder = (): void => {};

  it("are there at once, the last as long as the file", () => {
    const file = new TestFile(1, 1.5 * BLOCK_BYTES);
    const blocks = known(file, file.bytes);
    expect(blocks.hold(file, 0, holder)?.length).toBe(BLOCK_BYTES);
    expect(blocks.hold(file, 1, holder)).toEqual(new Uint8Array(BLOCK_BYTES / 2).fill(1));
    expect(file.reads).toEqual([]);
  });

  it("are read in the usual way if some of it is missing, or the file is not so long", async () => {
    const file = new TestFile(1, 3 * BLOCK_BYTES);
    const blocks = known(file, 1.5 * BLOCK_BYTES);
    expect(blocks.hold(file, 1, holder)).toBe(undefined);
    expect((await loaded(blocks, file, 1)).every((byte) => byte === 1)).toBe(true);
    expect(blocks.hold(file, 7, holder)).toBe(undefined);
    expect((await loaded(blocks, file, 7)).length).toBe(0);
    expect(file.reads).toEqual([
      [1, 2],
      [7, 1],
    ]);
  });

  it("make room for each other, but for those that are held", () => {
    const file = new TestFile(1, 2000 * BLOCK_BYTES);
    const blocks = known(file, file.bytes);
    const held = blocks.hold(file, 0, holder)!;
    for (let number = 1; number < 2000; number += 1) {
      expect(blocks.hold(file, number, holder)?.[0]).toBe(number & 0xff);
      blocks.release(file, number, holder);
    }
    expect(blocks.size).toBeLessThanOrEqual(513);
    expect(held.every((byte) => byte === 0)).toBe(true);
  });
});
