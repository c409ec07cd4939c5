import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatDuration, formatSize, parseDuration, parseSize } from "./units.ts";

describe("a duration", () => {
  test.each([
    ["500ms", 500],
    ["10s", 10_000],
    ["2m", 120_000],
    ["1h", 3_600_000],
    ["7d", 604_800_000],
    ["1.5s", 1500],
    ["10 s", 10_000],
    [0, 0],
    ["0", 0],
    ["0s", 0],
  ])("%j is %d ms", (written, milliseconds) => {
    expect(parseDuration(written)).toBe(milliseconds);
  });

  test.each([10, "10", "10S", "10 sec", "-1s", "s", "", "1s 2s", ".5s", "10toString", null, true, ["1s"]])(
    "%j is none",
    (written) => {
      expect(parseDuration(written)).toBeUndefined();
    },
  );

  test("is read back as it was written", () => {
    fc.assert(
      fc.property(fc.nat(), (milliseconds) => parseDuration(formatDuration(milliseconds)) === milliseconds),
    );
  });

  test.each([
    [0, "0s"],
    [800, "800ms"],
    [90_000, "90s"],
    [60_000, "1m"],
    [7_200_000, "2h"],
    [86_400_000, "1d"],
  ])("of %d ms is written %s", (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

describe("a size", () => {
  test.each([
    ["8MiB", 8_388_608],
    ["64 KiB", 65_536],
    ["1GiB", 1_073_741_824],
    ["2TiB", 2_199_023_255_552],
    ["10MB", 10_000_000],
    ["10kB", 10_000],
    ["128B", 128],
    ["4096", 4096],
    [4096, 4096],
  ])("%j is %d bytes", (written, bytes) => {
    expect(parseSize(written)).toBe(bytes);
  });

  test.each(["8M", "8mib", "MiB", "", "-1MiB", -1, 1.5, Number.NaN, 2 ** 60, null, {}])(
    "%j is none",
    (written) => {
      expect(parseSize(written)).toBeUndefined();
    },
  );

  test("is read back as it was written", () => {
    fc.assert(fc.property(fc.nat(), (bytes) => parseSize(formatSize(bytes)) === bytes));
  });
});
