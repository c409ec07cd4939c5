import { expect, test } from "vitest";
import { readRange } from "./byte-range.ts";

test.each([
  ["bytes=0-", { from: 0, to: 100 }],
  ["bytes=0-0", { from: 0, to: 1 }],
  ["bytes=10-19", { from: 10, to: 20 }],
  ["bytes=99-", { from: 99, to: 100 }],
  ["bytes=90-1000", { from: 90, to: 100 }],
  ["bytes=-30", { from: 70, to: 100 }],
  ["bytes=-1000", { from: 0, to: 100 }],
  ["Bytes= 5-6 ", { from: 5, to: 7 }],
])("%s is a part", (header, range) => {
  expect(readRange(header, 100)).toEqual(range);
});

test.each(["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=999999999999999-"])(
  "%s cannot be had",
  (header) => {
    expect(readRange(header, 100)).toBe("unsatisfiable");
  },
);

test.each([
  undefined,
  "",
  "bytes",
  "bytes=",
  "bytes=-",
  "bytes=5-4",
  "bytes=0-1,3-4",
  "items=0-1",
  "bytes=a-b",
])("%s is everything", (header) => {
  expect(readRange(header, 100)).toBe("whole");
});

test("of nothing there is no part", () => {
  expect(readRange("bytes=0-", 0)).toBe("unsatisfiable");
  expect(readRange("bytes=-1", 0)).toBe("unsatisfiable");
});
