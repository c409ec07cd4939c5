import { expect, test } from "vitest";
import { ReusedBuffer } from "./reused-buffer.ts";

test("the same memory is given again, unless more is asked for or somebody keeps it", () => {
  const buffer = new ReusedBuffer();
  const first = buffer.take(100);
  expect(first.length).toBe(100);
  expect(buffer.take(50)).toBe(first);
  const more = buffer.take(101);
  expect([more.length, more === first]).toEqual([101, false]);
  buffer.giveUp();
  expect(buffer.take(10)).not.toBe(more);
});
