import { expect, test } from "vitest";
import { nearest } from "./nearest.ts";

const KEYS = ["port", "host", "chunkSize", "resumeWindow"];

test.each([
  ["prt", "port"],
  ["Port", "port"],
  ["chunk_size", "chunkSize"],
  ["resumeWindows", "resumeWindow"],
  ["prot", "port"],
])("the nearest to %s is %s", (word, meant) => {
  expect(nearest(word, KEYS)).toBe(meant);
});

test("nothing is near to what nobody could have meant", () => {
  expect(nearest("frobnicate", KEYS)).toBeUndefined();
  expect(nearest("", KEYS)).toBeUndefined();
});
