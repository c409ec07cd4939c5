import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { LongestPause } from "./longest-pause.ts";

let nowMs = 0;

beforeEach(() => {
  nowMs = 1000;
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  vi.spyOn(performance, "now").mockImplementation(() => nowMs);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The next look comes so late. */
function lookAfter(ms: number): void {
  nowMs += ms;
  vi.advanceTimersByTime(10);
}

it("is the time by which a timer came too late", () => {
  const pause = new LongestPause();
  lookAfter(10);
  lookAfter(130);
  lookAfter(50);
  expect(pause.longestMs).toBe(120);
});

it("begins anew, and knows of a pause that has just ended", () => {
  const pause = new LongestPause();
  lookAfter(130);
  pause.begin();
  expect(pause.longestMs).toBeLessThan(1);
  nowMs += 70;
  expect(pause.longestMs).toBe(60);
});
