import { expect, test } from "vitest";
import { appended, isAtLeast, type NumberedLine } from "./log-lines.ts";

const line = (message: string) => ({ time: "", level: "info", message, process: "a", fields: {} });

test("lines are numbered as they come, and the oldest are given up", () => {
  let lines: readonly NumberedLine[] = appended([], [line("a"), line("b")]);
  lines = appended(lines, [line("c")]);
  expect(lines.map(({ number, message }) => [number, message])).toEqual([
    [0, "a"],
    [1, "b"],
    [2, "c"],
  ]);
  for (let count = 0; count < 12; count += 1) lines = appended(lines, new Array(500).fill(line("x")));
  expect([lines.length, lines.at(-1)!.number]).toEqual([5_000, 6_002]);
  expect(appended(lines, [])).toBe(lines);
});

test("levels have their order", () => {
  expect(["debug", "info", "warn", "fatal"].map((level) => isAtLeast(level, "info"))).toEqual([
    false,
    true,
    true,
    true,
  ]);
});
