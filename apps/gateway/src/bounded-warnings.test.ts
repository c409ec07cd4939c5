import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { BoundedWarnings } from "./bounded-warnings.ts";

let lines: { code: string; omitted?: number; msg: string }[];
let warnings: BoundedWarnings;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
  lines = [];
  warnings = new BoundedWarnings(pino({}, { write: (line: string) => lines.push(JSON.parse(line)) }));
});

afterEach(() => {
  vi.useRealTimers();
});

test("a flood of warnings becomes few lines, and the next says how many there were", () => {
  for (let i = 0; i < 1000; i += 1) warnings.warn("PROTOCOL_UNKNOWN", {}, "refused");
  expect(lines.length).toBe(20);
  vi.advanceTimersByTime(10_000);
  warnings.warn("PROTOCOL_UNKNOWN", {}, "refused");
  warnings.warn("PROTOCOL_UNKNOWN", {}, "refused");
  expect(lines[20]).toMatchObject({ omitted: 980, msg: "refused" });
  expect(lines[21]).not.toHaveProperty("omitted");
});

test("a flood of one kind hides no other", () => {
  for (let i = 0; i < 1000; i += 1) warnings.warn("PROTOCOL_UNKNOWN", {}, "refused");
  warnings.warn("TLS_HANDSHAKE_FAILED", {}, "refused");
  expect(lines.at(-1)).toMatchObject({ code: "TLS_HANDSHAKE_FAILED" });
});
