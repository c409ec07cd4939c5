import { describe, expect, it, vi } from "vitest";
import { Outbox } from "./outbox.ts";
import { Queue } from "./queue.ts";

describe("a queue", () => {
  it("gives what it was given, in order, whatever is added meanwhile", () => {
    const queue = new Queue<number>();
    let [added, taken] = [0, 0];
    for (let round = 0; round < 100; round += 1) {
      for (let i = 0; i < 100; i += 1) queue.push(added++);
      for (let i = 0; i < 99; i += 1) expect(queue.shift()).toBe(taken++);
    }
    while (taken < added) expect(queue.shift()).toBe(taken++);
    expect(queue.shift()).toBeUndefined();
  });

  it("is what a session says and tells, so that a long one costs no more than its parts", () => {
    const shift = vi.spyOn(Array.prototype, "shift");
    const outbox = new Outbox<number>();
    outbox.emit(1);
    outbox.command(0, "onBWDone", 0, null);
    expect([outbox.nextEvent(), outbox.nextMessage()?.chunkStreamId]).toEqual([1, 3]);
    expect(shift).not.toHaveBeenCalled();
    shift.mockRestore();
  });
});
