import { expect, test } from "vitest";
import { Histogram } from "./histogram.ts";

test("percentiles are those of what was added", () => {
  const histogram = new Histogram();
  for (let ms = 1; ms <= 100; ms += 1) histogram.add(ms);
  expect([50, 95, 99, 100].map((percent) => Math.round(histogram.percentile(percent)))).toEqual([
    50, 95, 99, 100,
  ]);
  expect(histogram.maxMs).toBe(100);
});

test("what is longer than ten seconds is in the last place, and the maximum is exact", () => {
  const histogram = new Histogram();
  histogram.add(12_345);
  expect([histogram.percentile(50), histogram.maxMs]).toEqual([10_000.1, 12_345]);
});

test("without anything there is no percentile", () => {
  const histogram = new Histogram();
  histogram.add(1);
  histogram.clear();
  expect(histogram.percentile(50)).toBeNaN();
});
