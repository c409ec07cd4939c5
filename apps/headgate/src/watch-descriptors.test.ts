import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { watchDescriptors } from "./watch-descriptors.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a lack of descriptors is told every 10 seconds at most, and its end once", () => {
  const lines: { msg: string; code?: string; openFiles?: number }[] = [];
  const log = pino({}, { write: (line) => lines.push(JSON.parse(line)) });
  let code: string | undefined;
  const stop = watchDescriptors(log, 256, () => code);
  vi.advanceTimersByTime(60_000);
  expect(lines).toEqual([]);

  code = "EMFILE";
  vi.advanceTimersByTime(35_000);
  expect(lines).toHaveLength(4);
  expect(lines[0]).toMatchObject({ code: "EMFILE", openFiles: 256 });

  // It comes and goes.
  for (let second = 0; second < 60; second += 1) {
    code = second % 2 === 0 ? "EMFILE" : undefined;
    vi.advanceTimersByTime(1_000);
  }
  expect(lines.length).toBeLessThanOrEqual(4 + 12);

  code = undefined;
  vi.advanceTimersByTime(60_000);
  expect(lines.at(-1)).toMatchObject({ msg: "file descriptors are available again" });
  const count = lines.length;
  vi.advanceTimersByTime(60_000);
  expect(lines).toHaveLength(count);
  stop();
});
