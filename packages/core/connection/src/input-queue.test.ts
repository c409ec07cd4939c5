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
