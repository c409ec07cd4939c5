import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { BoundedWarnings } from "./bounded-warnings.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});

afterEach(() => {
  vi.useRealTimers();
});

test("a flood of warnings becomes few lines, and the next says how many there were", () => {
  const lines: string[] = [];
  const warnings = new BoundedWarnings(pino({}, { write: (line: string) => lines.push(line) }));
  for (let i = 0; i < 1000; i += 1) warnings.warn({ port: i }, "refused");
  expect(lines.length).toBe(20);
  vi.advanceTimersByTime(10_000);
  warnings.warn({ port: 1 }, "refused");
  warnings.warn({ port: 2 }, "refused");
  const [first, second] = lines.slice(20).map((line) => JSON.parse(line));
  expect(first).toMatchObject({ port: 1, omitted: 980, msg: "refused" });
  expect(second).not.toHaveProperty("omitted");
});
