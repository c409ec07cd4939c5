import { expect, test } from "vitest";
import { Counts } from "./counts.ts";

test("things are counted each for itself, as they come and go", () => {
  const counts = new Counts<string>();
  for (const key of ["a", "a", "b"]) counts.add(key, 1);
  counts.add("a", -1);
  expect(["a", "b", "c"].map((key) => counts.of(key))).toEqual([1, 1, 0]);
  for (const key of ["a", "b"]) counts.add(key, -1);
  expect(["a", "b", "c"].map((key) => counts.of(key))).toEqual([0, 0, 0]);
});
