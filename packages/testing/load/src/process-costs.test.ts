import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { cpuSeconds, isThere, residentBytes } from "./process-costs.ts";

test.skipIf(process.platform !== "linux")("what a process starts counts with it", () => {
  const before = residentBytes(process.pid);
  expect(before).toBeGreaterThan(0);
  expect(cpuSeconds(process.pid)).toBeGreaterThan(0);
  const child = spawn("sleep", ["60"]);
  const childBytes = residentBytes(child.pid!);
  expect(isThere(child.pid!)).toBe(true);
  expect(childBytes).toBeGreaterThan(0);
  expect(residentBytes(process.pid)).toBeGreaterThan(childBytes);
  child.kill();
});

test("an unknown process has no costs", () => {
  const beyondEveryPid = 2 ** 30;
  expect(isThere(beyondEveryPid)).toBe(false);
  expect([cpuSeconds(beyondEveryPid), residentBytes(beyondEveryPid)]).toEqual([0, 0]);
});
