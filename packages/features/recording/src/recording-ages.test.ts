import { expect, test } from "vitest";
import type { Recording } from "./manifest.ts";
import { RecordingAges } from "./recording-ages.ts";

const HOUR = 3_600_000;
const LOOK = 10_000;

/** Of the system's clock. */
const DATE = Date.UTC(2026, 11, 1);

function ended(file: string, endedMs: number): Recording {
  return {
    file,
    stream: "live/cam",
    format: "mp4",
    state: "complete",
    startedMs: endedMs - 1_000,
    endedMs,
    recording: file,
    positionMs: 0,
    run: "",
    pid: 0,
  };
}

const agesOf = (ages: RecordingAges, recordings: readonly Recording[], nowMs: number, dateMs: number) =>
  ages.of(recordings, nowMs, dateMs).map(({ ageMs }) => ageMs);

test("what had ended before is as old as the system's clock says, and not younger than new", () => {
  const recordings = [ended("a", DATE - HOUR), ended("b", DATE + HOUR)];
  expect(agesOf(new RecordingAges(), recordings, 0, DATE)).toEqual([HOUR, 0]);
});

test.each([
  ["forward", 30 * 24 * HOUR],
  ["backward", -30 * 24 * HOUR],
])("a clock that jumps %s makes nothing older or younger", (_, jumpMs) => {
  const ages = new RecordingAges();
  const [old, recent] = [ended("old", DATE - HOUR), ended("recent", DATE + 1_000)];
  expect(agesOf(ages, [old], 0, DATE)).toEqual([HOUR]);
  // It ended before the jump, and is looked at after it.
  const [oldMs, recentMs] = agesOf(ages, [old, recent], LOOK, DATE + LOOK + jumpMs);
  expect(oldMs).toBe(HOUR + LOOK);
  expect(recentMs).toBeLessThanOrEqual(LOOK);
  const later = ended("later", DATE + jumpMs + 2 * LOOK);
  const three = agesOf(ages, [old, recent, later], 2 * LOOK, DATE + jumpMs + 2 * LOOK);
  expect(three).toEqual([HOUR + 2 * LOOK, recentMs! + LOOK, 0]);
});

test("another recording in a file of the same name is another one", () => {
  const ages = new RecordingAges();
  expect(agesOf(ages, [ended("a", DATE)], 0, DATE)).toEqual([0]);
  expect(agesOf(ages, [], LOOK, DATE + LOOK)).toEqual([]);
  expect(agesOf(ages, [ended("a", DATE + LOOK)], 2 * LOOK, DATE + 2 * LOOK)).toEqual([LOOK]);
});
