import { expect, test } from "vitest";
import { ReusedBuffer } from "./reused-buffer.ts";

test("gives the same memory again, unless more is needed or it was given up", () => {
  const buffer = new ReusedBuffer();
  const first = buffer.take(100);
  expect(first.length).toBe(100);
  expect(buffer.take(50)).toBe(first);
  const more = buffer.take(101);
  expect([more.length, more === first]).toEqual([101, false]);
  buffer.giveUp();
  expect(buffer.take(10)).not.toBe(more);
});
