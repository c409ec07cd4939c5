import { expect, test } from "vitest";
import type { Recording } from "../api/replies.ts";
import { barsIn, chosenRange, rangeOf, ticksIn } from "./timeline.ts";

const HOUR = 3_600_000;
const NOON = Date.parse("2026-12-01T12:00:00Z");
const RANGE = { fromMs: NOON, toMs: NOON + HOUR };

function recording(startMs: number, durationMs: number | null, ended: string | null = null): Recording {
  const started = new Date(startMs).toISOString();
  const state = durationMs === null ? "recording" : "complete";
  return {
    file: started,
    stream: "live/cam",
    format: "mp4",
    state,
    started,
    ended,
    durationMs,
    bytes: null,
    upload: null,
  };
}

test("a recording lies where its time is, as far as that is shown", () => {
  const bars = barsIn(
    [
      recording(NOON + HOUR / 2, HOUR / 4),
      recording(NOON - HOUR / 2, HOUR),
      recording(NOON + HOUR * 0.9, null),
      recording(NOON - HOUR, HOUR / 2),
      recording(NOON + HOUR / 10, 10),
    ],
    RANGE,
  );
  expect(bars.map(({ x, width }) => [x, Number(width.toFixed(3))])).toEqual([
    [0.5, 0.25],
    [0, 0.5],
    [0.9, 0.1],
    [0.1, 0.002],
  ]);
});

test("one that has failed ends where it ended", () => {
  const failed = recording(NOON, null, "2026-12-01T12:10:00.000Z");
  expect(rangeOf(failed, NOON + HOUR)).toEqual({ fromMs: NOON, toMs: NOON + 600_000 });
});

test("a span is chosen from either end, in whole seconds, and a click chooses none", () => {
  expect(chosenRange(0.75, 0.25, RANGE)).toEqual({ fromMs: NOON + HOUR / 4, toMs: NOON + (3 * HOUR) / 4 });
  expect(chosenRange(-1, 2, RANGE)).toEqual(RANGE);
  expect(chosenRange(0.5, 0.5001, RANGE)).toBeUndefined();
});

test.each([HOUR / 12, HOUR, 24 * HOUR, 7 * 24 * HOUR, 400 * 24 * HOUR])(
  "some moments of %s ms are written",
  (length) => {
    const ticks = ticksIn({ fromMs: NOON + 7_000, toMs: NOON + length });
    expect(ticks.length).toBeGreaterThan(1);
    expect(ticks.length).toBeLessThan(8);
    for (const { x } of ticks) expect(x).toBeGreaterThanOrEqual(0);
  },
);
