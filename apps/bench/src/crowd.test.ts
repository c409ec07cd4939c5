import type { RunReport } from "@headgate/load";
import { expect, test } from "vitest";
import { withCrowd } from "./crowd.ts";

const REPORT = {
  viewers: 1_000,
  whole: 1_000,
  problems: [] as readonly string[],
  megabitsPerSecond: 2_000,
  cpuSecondsPerGigabyte: 2,
  cpuPercent: 50,
  loadCpuPercent: 20,
  isLoadBound: false,
} as RunReport;

test("a crowd's viewers and bytes count among those of the run", () => {
  const crowd = { bytes: 7.5e9, whole: 4_000, elapsedSeconds: 10, cpuSeconds: 3 };
  expect(withCrowd(REPORT, 4_000, crowd)).toMatchObject({
    viewers: 5_000,
    whole: 5_000,
    problems: [],
    megabitsPerSecond: 8_000,
    cpuSecondsPerGigabyte: 0.5,
    loadCpuPercent: 50,
    isLoadBound: false,
  });
});

test("a crowd that has no time left, or gets too little, is told", () => {
  const crowd = { bytes: 7.5e9, whole: 3_999, elapsedSeconds: 10, cpuSeconds: 9.5 };
  const { whole, isLoadBound, problems } = withCrowd(REPORT, 4_000, crowd);
  expect({ whole, isLoadBound, problems: problems.length }).toEqual({
    whole: 4_999,
    isLoadBound: true,
    problems: 1,
  });
});
