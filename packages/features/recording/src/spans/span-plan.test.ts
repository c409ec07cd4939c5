import { expect, test } from "vitest";
import type { Recording } from "../manifest.ts";
import { planSpan } from "./span-plan.ts";

const recording = (
  startedMs: number,
  durationMs: number | undefined,
  more: Partial<Recording> = {},
): Recording => ({
  file: `live/cam/${startedMs}.mp4`,
  stream: "live/cam",
  format: "mp4",
  startedMs,
  state: durationMs === undefined ? "recording" : "complete",
  recording: `live/cam/${startedMs}.mp4`,
  positionMs: 0,
  run: "",
  pid: 1,
  ...(durationMs !== undefined && { durationMs }),
  ...more,
});

const ALL = [
  recording(20_000, 10_000),
  recording(0, 10_000),
  recording(10_100, 9_850),
  recording(60_000, undefined),
  recording(5_000, 5_000, { stream: "live/other" }),
];

const NOW = 70_000;
const plan = (startMs: number, endMs: number) => {
  const planned = planSpan(ALL, "live/cam", { startMs, endMs }, NOW);
  return "code" in planned ? planned : planned.map(({ startedMs }) => startedMs);
};

test.each([
  [0, 5_000, [0]],
  [3_000, 12_000, [0, 10_100]],
  [0, 30_000, [0, 10_100, 20_000]],
  [0, 40_000, [0, 10_100, 20_000]],
  [10_000, 10_050, undefined],
  [25_000, 26_000, [20_000]],
  [65_000, 90_000, [60_000]],
])("from %i to %i", (startMs, endMs, started) => {
  if (started === undefined) expect(plan(startMs, endMs)).toMatchObject({ code: "RECORDING_NOT_FOUND" });
  else expect(plan(startMs, endMs)).toEqual(started);
});

test("where nothing was recorded is told", () => {
  expect(plan(40_000, 50_000)).toEqual({
    code: "RECORDING_NOT_FOUND",
    text: "Nothing of this stream was recorded between 1970-01-01T00:00:40.000Z and 1970-01-01T00:00:50.000Z.",
  });
  expect(plan(25_000, 65_000)).toEqual({
    code: "RECORDING_GAP",
    text: "Nothing was recorded between 1970-01-01T00:00:30.000Z and 1970-01-01T00:01:00.000Z.",
  });
  expect(plan(50_000, 65_000)).toMatchObject({ code: "RECORDING_GAP" });
});
