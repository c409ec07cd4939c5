import { expect, test } from "vitest";
import { type History, historyOf, join, timesOf } from "./history.ts";

function history(seq: number, fps: (number | null)[]): History {
  return { seq, time: seq * 1_000, columns: { fps } };
}

test("lists of an answer are fields", () => {
  expect(historyOf({ id: "live/cam", interval_ms: 1_000, seq: 7, time: 7_000, fps: [25, null] })).toEqual(
    history(7, [25, null]),
  );
});

test("what comes is put behind what is known, once", () => {
  const joined = join(history(10, [1, 2, 3]), history(12, [2, 3, 4, 5]));
  expect(joined).toEqual(history(12, [1, 2, 3, 4, 5]));
  expect(join(joined!, history(12, [4, 5]))).toEqual(joined);
});

test("ten minutes are kept", () => {
  const { columns } = join(history(600, new Array(600).fill(0)), history(602, [1, 1]))!;
  expect([columns.fps!.length, columns.fps!.at(-1)]).toEqual([600, 1]);
});

test.each([
  ["a gap", history(20, [1, 2])],
  ["a server that has begun anew", history(3, [1, 2])],
])("%s cannot be joined", (_, next) => {
  expect(join(history(10, [1, 2]), next)).toBeUndefined();
});

test("each entry has its second", () => {
  expect(timesOf(history(5, [1, 2, 3]))).toEqual([3, 4, 5]);
});
