import { expect, test } from "vitest";
import type { Recording } from "./manifest.ts";
import { RecordingParts } from "./recording-parts.ts";

const NEWEST: Recording = {
  file: "live/cam-1.flv",
  stream: "live/cam",
  format: "flv",
  startedMs: 100_000,
  endedMs: 110_000,
  durationMs: 9_000,
  recording: "live/cam.flv",
  positionMs: 50_000,
  state: "complete",
  run: "",
  pid: 0,
};

test("a new recording begins with its first file, and each file where the one before ended", () => {
  const parts = new RecordingParts();
  expect([parts.begin(4_000_000, 0, 0), parts.recordingOf("a")]).toEqual([0, "a"]);
  expect([parts.begin(4_003_600, 3_600, 3_600), parts.recordingOf("b")]).toEqual([3_600, "a"]);
});

test("timestamps that begin again after 49 days or go back are no leap in the recording", () => {
  const parts = new RecordingParts();
  parts.begin(2 ** 32 - 1_000, 0, 0);
  expect(parts.begin(2_000, 3_000, 3_000)).toBe(3_000);
  expect(parts.begin(500, 7_000, 4_000)).toBe(7_000);
});

test("one that goes on continues right after the newest file, or after the gap", () => {
  const positionOf = (hasGap: boolean, startedMs: number): number =>
    new RecordingParts({ newest: NEWEST, hasGap }).begin(0, startedMs, 0);
  expect(positionOf(false, 200_000)).toBe(59_000);
  expect(positionOf(true, 200_000)).toBe(150_000);
  expect(positionOf(true, 1_000)).toBe(59_000);
  expect(new RecordingParts({ newest: NEWEST, hasGap: true }).recordingOf("c")).toBe("live/cam.flv");
});

test("of a file that has failed it is known when it ended", () => {
  const { durationMs: _, ...failed } = NEWEST;
  const parts = new RecordingParts({ newest: { ...failed, state: "failed" }, hasGap: false });
  expect(parts.begin(0, 200_000, 0)).toBe(60_000);
});
