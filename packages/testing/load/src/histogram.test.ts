import { expect, test } from "vitest";
import { Histogram } from "./histogram.ts";

test("percentiles are those of the added values", () => {
  const histogram = new Histogram();
  for (let ms = 1; ms <= 100; ms += 1) histogram.add(ms);
  expect([50, 95, 99, 100].map((percent) => Math.round(histogram.percentile(percent)))).toEqual([
    50, 95, 99, 100,
  ]);
  expect(histogram.maxMs).toBe(100);
});

test("values above ten seconds count in the last bucket, and the maximum is exact", () => {
  const histogram = new Histogram();
  histogram.add(12_345);
  expect([histogram.percentile(50), histogram.maxMs]).toEqual([10_000.1, 12_345]);
});

test("an empty histogram has no percentile", () => {
  const histogram = new Histogram();
  histogram.add(1);
  histogram.clear();
  expect(histogram.percentile(50)).toBeNaN();
});
