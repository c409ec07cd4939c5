import { describe, expect, test } from "vitest";
import type { PlaylistItem } from "./config.ts";
import { placeAfter, without } from "./late-place.ts";

const item = (file: string): PlaylistItem => ({ file, live: undefined, startMs: 0, durationMs: undefined });

/** Where a list of items with these lengths is so late; a length of -1 is that of a live stream. Seconds. */
async function place(lengths: readonly number[], loop: boolean, late: number) {
  const items = lengths.map((length, index) =>
    item(`${index} ${length < 0 ? Number.POSITIVE_INFINITY : length}`),
  );
  const found = await placeAfter(
    late * 1_000,
    { loop, items },
    async ({ file }) => Number(file!.split(" ")[1]) * 1_000,
  );
  return [found.index, found.skippedMs / 1_000];
}

describe("a list that should have begun before", () => {
  test.each([
    [0, [0, 0]],
    [9.5, [0, 9.5]],
    [10, [1, 0]],
    [12, [1, 2]],
    [30, [3, 0]],
    [1_000, [3, 0]],
  ])("by %s s is where it would be, and over after its end", async (late, expected) => {
    expect(await place([10, 5, 15], false, late)).toEqual(expected);
  });

  test.each([
    [30, [0, 0]],
    [41, [1, 1]],
    [3_000_044, [1, 4]],
    [3_000_045, [2, 0]],
  ])("by %s s is where it would be in its loop", async (late, expected) => {
    expect(await place([10, 5, 15], true, late)).toEqual(expected);
  });

  test("leaves out what is missing, and does not go beyond a live stream without an end", async () => {
    expect(await place([0, 10, 0, -1, 10], true, 1_000_000)).toEqual([3, 999_990]);
  });

  test("of which nothing is there begins at its beginning", async () => {
    expect(await place([0, 0], true, 1_000)).toEqual([0, 0]);
    expect(await place([0, 0], false, 1_000)).toEqual([2, 0]);
  });
});

test("of an item that was on for a time, the rest is left", () => {
  expect(without({ ...item("a"), startMs: 5_000, durationMs: 60_000 }, 20_000)).toMatchObject({
    startMs: 25_000,
    durationMs: 40_000,
  });
  expect(without({ ...item("a"), file: undefined, live: "cam", durationMs: 60_000 }, 20_000)).toMatchObject({
    startMs: 0,
    durationMs: 40_000,
  });
  expect(without(item("a"), 20_000)).toMatchObject({ startMs: 20_000, durationMs: undefined });
});
