import { describe, expect, it } from "vitest";
import { InputQueue } from "./input-queue.ts";

describe("an input queue", () => {
  it("hands out what was added, in order and in slices", () => {
    const queue = new InputQueue();
    queue.add(Uint8Array.of(1, 2, 3, 4, 5));
    queue.add(Uint8Array.of(6));
    const slices: number[][] = [];
    for (let slice = queue.take(2); slice; slice = queue.take(2)) slices.push([...slice]);
    expect(slices).toEqual([[1, 2], [3, 4], [5], [6]]);
  });

  it("counts what it has left", () => {
    const queue = new InputQueue();
    queue.add(new Uint8Array(5));
    queue.add(new Uint8Array(3));
    queue.take(2);
    expect(queue.bytes).toBe(6);
    queue.take(10);
    queue.take(10);
    expect(queue.bytes).toBe(0);
    expect(queue.take(10)).toBeUndefined();
  });
});

/** Adds copies that are overwritten once they are kept, as the memory of a socket is. */
function keepEach(queue: InputQueue, pieces: readonly number[][]): void {
  for (const piece of pieces) {
    const memory = Uint8Array.from(piece);
    queue.add(memory);
    queue.keep();
    memory.fill(0xee);
  }
}

describe("what is kept", () => {
  it("in short pieces is joined, so that a byte costs little more than a byte", () => {
    const queue = new InputQueue();
    const bytes = Array.from({ length: 10_000 }, (_, index) => index % 251);
    keepEach(
      queue,
      bytes.map((byte) => [byte]),
    );
    expect([queue.bytes, queue.pieces < 10]).toEqual([10_000, true]);
    const read: number[] = [];
    for (let slice = queue.take(7); slice; slice = queue.take(7)) read.push(...slice);
    expect(read).toEqual(bytes);
  });

  it("is the same, whatever lengths the pieces have and whatever is read between them", () => {
    const queue = new InputQueue();
    const lengths = [1, 1023, 1, 1024, 3000, 5, 5, 4096, 1, 2, 3000, 900, 900, 900, 900, 900, 1, 1];
    const given: number[] = [];
    const read: number[] = [];
    for (const [index, length] of [...lengths, ...lengths].entries()) {
      const piece = Array.from({ length }, (_, at) => (index * 31 + at) % 256);
      given.push(...piece);
      keepEach(queue, [piece]);
      read.push(...(queue.take(index * 100) ?? []));
    }
    for (let slice = queue.take(5_000); slice; slice = queue.take(5_000)) read.push(...slice);
    expect(read).toEqual(given);
  });
});
