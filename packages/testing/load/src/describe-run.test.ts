import { expect, test } from "vitest";
import { describeRun } from "./describe-run.ts";
import { isWhole, type RunReport } from "./run.ts";

const MIB = 2 ** 20;

const report: RunReport = {
  viewers: 20,
  stalled: 1,
  whole: 19,
  problems: [],
  missed: 0,
  longestGapMs: 60,
  longestPauseMs: 5,
  publishers: 1,
  publisherPauseMs: 5,
  returns: 3,
  megabitsPerSecond: 50,
  cpuSecondsPerGigabyte: 0.5,
  cpuPercent: 10,
  residentBytesPerViewer: MIB / 2,
  memory: {
    ...{
      idleBytes: 0,
      beforeBytes: 90 * MIB,
      beginBytes: 95 * MIB,
      endBytes: 100 * MIB,
      peakBytes: 101 * MIB,
    },
    eachSecondBytes: [95 * MIB, 101 * MIB],
  },
  loadCpuPercent: 5,
  machineBusyPercent: 50,
  isLoadBound: false,
  firstFrameMs: { p50: 1, p99: 2 },
  latencyMs: { p50: 1, p95: 2, p99: 3, max: 4 },
};

test("stalled viewers have a line of their own, and memory is reported from before to the end", () => {
  const text = describeRun(report);
  expect(text).toMatch(/missed nothing +19 of 19\n/);
  expect(text).toMatch(/stopped reading +1, which came again 3 times\n/);
  expect(text).toMatch(/90\.0 MiB before them, 95\.0 at the beginning, 100\.0 at the end, 101\.0 at most\n/);
  expect(isWhole(report)).toBe(true);
});

test("unknown figures, incomplete viewers and an overloaded load are reported", () => {
  const { stalled: _, ...rest } = report;
  const unknown = { memory: undefined, cpuPercent: undefined, residentBytesPerViewer: undefined };
  const broken = { ...rest, ...unknown, stalled: 0, problems: ["nothing came any more"], isLoadBound: true };
  const text = describeRun(broken);
  expect(text).not.toContain("stopped reading");
  expect(text.match(/not known: --pid/g)?.length).toBe(3);
  expect(text).toContain("not whole: nothing came any more");
  expect(text).toContain("The load had no processor time left");
  expect(isWhole(broken)).toBe(false);
  expect(describeRun({ ...report, machineBusyPercent: 97 })).toContain("This machine had no processor time");
});
