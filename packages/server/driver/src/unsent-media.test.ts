import { expect, it, vi } from "vitest";
import { UnsentMedia } from "./unsent-media.ts";

/** A Link in which everything waits, until the test lets it go. */
function waiting() {
  const link = { queuedBytes: 0 };
  const unsent = new UnsentMedia(link);
  const memory = () => ({ isDropped: false, unpin: vi.fn() });
  const write = (pinned: ReturnType<typeof memory>, length: number, nowMs = 0): void => {
    link.queuedBytes += length;
    unsent.add(pinned, length, nowMs);
  };
  return { link, unsent, memory, write };
}

it("lets go of memory when the last byte that was written from it has left", () => {
  const { link, unsent, memory, write } = waiting();
  const [first, second] = [memory(), memory()];
  write(first, 100);
  write(second, 50);
  const left = () => [first, second].map(({ unpin }) => unpin.mock.calls.length);
  link.queuedBytes = 51;
  unsent.look();
  expect(left()).toEqual([0, 0]);
  link.queuedBytes = 50;
  unsent.look();
  expect(left()).toEqual([1, 0]);
  link.queuedBytes = 0;
  unsent.look();
  unsent.look();
  expect(left()).toEqual([1, 1]);
});

it("counts what was written in between", () => {
  const { link, unsent, memory, write } = waiting();
  const first = memory();
  write(first, 100);
  link.queuedBytes += 30;
  unsent.skip(30);
  link.queuedBytes = 31;
  unsent.look();
  expect(first.unpin).not.toHaveBeenCalled();
  link.queuedBytes = 30;
  unsent.look();
  expect(first.unpin).toHaveBeenCalledOnce();
});

it("has one part for all writes from the same memory, and unpins it as often as it was pinned", () => {
  const { link, unsent, memory, write } = waiting();
  const first = memory();
  for (let count = 0; count < 1_000; count++) write(first, 10);
  expect(first.unpin).toHaveBeenCalledTimes(999);
  link.queuedBytes = 0;
  unsent.look();
  expect(first.unpin).toHaveBeenCalledTimes(1_000);
});

it("says since when it has held memory that its log has dropped", () => {
  const { unsent, memory, write } = waiting();
  const [first, second] = [memory(), memory()];
  write(first, 10, 5);
  write(first, 10, 7);
  write(second, 10, 8);
  expect(unsent.droppedSinceMs).toBeUndefined();
  first.isDropped = true;
  expect(unsent.droppedSinceMs).toBe(7);
});

it("lets go of all when the peer is gone", () => {
  const { unsent, memory, write } = waiting();
  const parts = [memory(), memory(), memory()];
  for (const part of parts) write(part, 10);
  unsent.end();
  unsent.end();
  expect(parts.map(({ unpin }) => unpin.mock.calls.length)).toEqual([1, 1, 1]);
});
