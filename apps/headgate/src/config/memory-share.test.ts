import { DEFAULT_LIMITS, type WrittenLimits } from "@headgate/gateway";
import { expect, test } from "vitest";
import { exceedsMemory, limitsIn } from "./memory-share.ts";

const MIB = 1024 ** 2;
const AUTO: WrittenLimits = { ...DEFAULT_LIMITS, maxLogBytes: "auto", maxInputBytes: "auto" };

test.each([
  ["a container of 400 MiB", 400, 1, 100, 50],
  ["a machine of 1 GiB", 1024, 1, 256, 128],
  ["a large machine", 65_536, 1, 1024, 512],
  ["two workers in 1 GiB", 1024, 2, 128, 64],
  ["a very small container", 64, 4, 16, 16],
  ["a machine of which nothing is known", Number.POSITIVE_INFINITY, 1, 1024, 512],
])("%s", (_, memory, workers, log, input) => {
  const limits = limitsIn(memory * MIB, workers, AUTO);
  expect(limits).toEqual({ ...DEFAULT_LIMITS, maxLogBytes: log * MIB, maxInputBytes: input * MIB });
  if (memory >= 100) expect(exceedsMemory(memory * MIB, workers, limits)).toBe(false);
});

test("what is configured is taken as it is, and said to be too much if it is", () => {
  const limits = limitsIn(400 * MIB, 1, { ...AUTO, maxLogBytes: 300 * MIB });
  expect(limits).toMatchObject({ maxLogBytes: 300 * MIB, maxInputBytes: 50 * MIB });
  expect(exceedsMemory(400 * MIB, 1, limits)).toBe(true);
  expect(exceedsMemory(800 * MIB, 1, limits)).toBe(false);
  expect(exceedsMemory(800 * MIB, 2, limits)).toBe(true);
});
