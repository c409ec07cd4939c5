import { expect, test } from "vitest";
import { FAILURES } from "./envelope.ts";

test("each reason has a number of its own", () => {
  const codes = Object.values(FAILURES).map(([, code]) => code);
  expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
});
