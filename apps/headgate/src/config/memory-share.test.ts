import { DEFAULT_LIMITS, type WrittenLimits } from "@headgate/gateway";
import { expect, test } from "vitest";
import { exceedsMemory, limitsIn } from "./memory-share.ts";

const MIB = 1024 ** 2;
const AUTO: WrittenLimits = {
  ...DEFAULT_LIMITS,
  maxConnections: "auto",
  maxConnectionsPerAddress: "auto",
  maxStreams: "auto",
  maxStreamsPerAddress: "auto",
  maxLogBytes: "auto",
  maxInputBytes: "auto",
};

test.each([
  ["a container of 400 MiB", 400, 1, 100, 50, 1_600, 800],
  ["a machine of 1 GiB", 1024, 1, 256, 128, 4_096, 2_048],
  ["a large machine", 65_536, 1, 1024, 512, 10_000, 5_000],
  ["two workers in 1 GiB", 1024, 2, 128, 64, 2_048, 1_024],
  ["a very small container", 64, 4, 16, 16, 100, 128],
  ["a machine of which nothing is known", Number.POSITIVE_INFINITY, 1, 1024, 512, 10_000, 5_000],
])("%s", (_, memory, workers, log, input, connections, streams) => {
  const limits = limitsIn(memory * MIB, workers, AUTO);
  expect(limits).toEqual({
    ...DEFAULT_LIMITS,
    maxConnections: connections,
    maxConnectionsPerAddress: connections / 2,
    maxStreams: streams,
    maxStreamsPerAddress: streams / 2,
    maxLogBytes: log * MIB,
    maxInputBytes: input * MIB,
  });
  if (memory >= 100) expect(exceedsMemory(memory * MIB, workers, limits)).toBe(false);
});

test("what is configured is taken as it is, and said to be too much if it is", () => {
  const limits = limitsIn(400 * MIB, 1, { ...AUTO, maxConnections: 100, maxLogBytes: 300 * MIB });
  expect(limits).toMatchObject({ maxConnections: 100, maxLogBytes: 300 * MIB, maxInputBytes: 50 * MIB });
  expect(exceedsMemory(400 * MIB, 1, limits)).toBe(true);
  expect(exceedsMemory(800 * MIB, 1, limits)).toBe(false);
  expect(exceedsMemory(800 * MIB, 2, limits)).toBe(true);
});

test("more media leave memory for fewer connections, and more connections than fit are said to be too many", () => {
  expect(limitsIn(1024 * MIB, 1, { ...AUTO, maxLogBytes: 448 * MIB }).maxConnections).toBe(2_048);
  const limits = limitsIn(1024 * MIB, 1, { ...AUTO, maxConnections: 10_000 });
  expect(limits).toMatchObject({ maxConnections: 10_000, maxConnectionsPerAddress: 5_000 });
  expect(exceedsMemory(1024 * MIB, 1, limits)).toBe(true);
});

test("one address has half of the connections, unless said otherwise", () => {
  const perAddress = (written: Partial<WrittenLimits>): number =>
    limitsIn(1024 * MIB, 1, { ...AUTO, ...written }).maxConnectionsPerAddress;
  expect(perAddress({ maxConnections: 7 })).toBe(4);
  expect(perAddress({ maxConnections: 50_000 })).toBe(5_000);
  expect(perAddress({ maxConnections: 7, maxConnectionsPerAddress: 7 })).toBe(7);
});
