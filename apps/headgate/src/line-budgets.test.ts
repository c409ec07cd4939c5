import { expect, test } from "vitest";
import { kindOfLine, LineBudgets } from "./line-budgets.ts";

const INFO = 30;
const WARN = 40;

/** How many of `count` lines, one every `everyMs`, are written. */
function written(budgets: LineBudgets, level: number, kind: string, count: number, everyMs: number): number {
  let lines = 0;
  for (let i = 0; i < count; i += 1) if (budgets.take(level, kind, i * everyMs)) lines += 1;
  return lines;
}

test("a flood of one kind is some 50 lines in its first second and 10 in each that follows", () => {
  const budgets = new LineBudgets();
  expect(written(budgets, INFO, "session started", 1_000, 1)).toBe(49);
  expect(written(new LineBudgets(), INFO, "session started", 60_000, 1)).toBe(639);
});

test("a flood of problems is less", () => {
  expect(written(new LineBudgets(), WARN, "CHUNK_HEADER_MISSING", 10_000, 1)).toBe(39);
});

test("six hundred sessions a minute are logged in full", () => {
  expect(written(new LineBudgets(), INFO, "session started", 6_000, 100)).toBe(6_000);
});

test("the next line says how many were omitted, once", () => {
  const budgets = new LineBudgets();
  expect(written(budgets, WARN, "X", 1_000, 0)).toBe(20);
  expect(budgets.take(WARN, "X", 10_000)).toEqual({ omitted: 980 });
  expect(budgets.take(WARN, "X", 10_000)).toEqual({ omitted: 0 });
});

test("a flood of one kind hides no other, nor the same at another level", () => {
  const budgets = new LineBudgets();
  written(budgets, INFO, "session ended peer closed", 1_000, 0);
  expect(budgets.take(INFO, "session ended stalled", 0)).toEqual({ omitted: 0 });
  expect(budgets.take(WARN, "session ended peer closed", 0)).toEqual({ omitted: 0 });
});

test("the workers of a server have the lines of one process together", () => {
  expect(written(new LineBudgets(4), INFO, "session started", 60_000, 1)).toBe(159);
  // Each may write a few at once.
  expect(written(new LineBudgets(64), WARN, "X", 60_000, 1)).toBe(6);
});

test("debug lines are not bounded", () => {
  expect(written(new LineBudgets(), 20, "detail", 1_000, 0)).toBe(1_000);
});

test("made-up kinds beyond 500 share one budget", () => {
  const budgets = new LineBudgets();
  let lines = 0;
  for (let i = 0; i < 10_000; i += 1) if (budgets.take(WARN, `code ${i}`, 0)) lines += 1;
  expect(lines).toBe(520);
});

test("kinds that are idle give way to others, which then have budgets of their own", () => {
  const budgets = new LineBudgets();
  for (let i = 0; i < 10_000; i += 1) budgets.take(WARN, `code ${i}`, 0);
  for (let nowMs = 0; nowMs <= 10_000; nowMs += 100) budgets.take(WARN, "code 0", nowMs);
  expect(written(budgets, WARN, "new", 1_000, 0)).toBe(0);
  let lines = 0;
  for (let i = 0; i < 1_000; i += 1) if (budgets.take(WARN, "new", 10_000)) lines += 1;
  expect(lines).toBe(20);
  expect(budgets.take(WARN, "code 0", 10_000)).toBeUndefined();
});

test("the codes that another server answers are of one kind", () => {
  const kinds = Array.from({ length: 1_000 }, (_, i) =>
    kindOfLine({ code: `NetStream.Play.X${i}` }, "relay failed"),
  );
  expect(new Set(kinds)).toEqual(new Set(["relay failed "]));
});

test.each([
  [
    { code: "CHUNK_HEADER_MISSING", reason: "x" },
    "chunk stream 7 begins with format 3",
    "CHUNK_HEADER_MISSING",
  ],
  [{ reason: "peer closed" }, "session ended", "session ended peer closed"],
  [{}, "session started", "session started "],
  ["ready", undefined, "ready "],
  [null, "odd", "odd "],
])("the kind of %j, %j", (fields, message, kind) => {
  expect(kindOfLine(fields, message)).toBe(kind);
});
