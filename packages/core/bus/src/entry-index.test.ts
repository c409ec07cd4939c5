import { describe, expect, it } from "vitest";
import { EntryIndex } from "./entry-index.ts";

/** The nth of these entries is 10 bytes long, of type 1 to 9 and of the time n. */
function indexOf(count: number, mostEntries = count): EntryIndex {
  const index = new EntryIndex(mostEntries);
  for (let n = 0; n < count; n++) index.add(10 * n, 1 + (n % 9), n, 2 * n);
  return index;
}

describe("the index of a segment", () => {
  it.each([1, 63, 64, 65, 1000])("knows each of %d entries", (count) => {
    const index = indexOf(count);
    expect([index.length, index.isFull]).toEqual([count, true]);
    for (let n = 0; n < count; n++) {
      const found = [index.offset(n), index.type(n), index.timestamp(n), index.arrivedAfterMs(n)];
      expect(found).toEqual([10 * n, 1 + (n % 9), n, 2 * n]);
    }
  });

  it("is full at the most that it may have, and not before", () => {
    expect(indexOf(99, 100).isFull).toBe(false);
    expect(indexOf(100, 100).isFull).toBe(true);
    expect(new EntryIndex(0).isFull).toBe(true);
  });

  it("finds the first entry that begins at or after an offset", () => {
    const index = indexOf(200, 1000);
    expect([0, 1, 10, 1985, 1990, 1991].map((offset) => index.from(offset))).toEqual([
      0, 1, 1, 199, 199, 200,
    ]);
  });

  it("marks an entry and leaves its type as it is", () => {
    const index = indexOf(3);
    index.markSync(1);
    expect([0, 1, 2].map((n) => index.isSync(n))).toEqual([false, true, false]);
    expect(index.type(1)).toBe(2);
  });

  it("keeps timestamps of 32 bits", () => {
    const index = new EntryIndex(1);
    index.add(0, 9, 0xffff_ffff, 0);
    expect(index.timestamp(0)).toBe(0xffff_ffff);
  });
});
