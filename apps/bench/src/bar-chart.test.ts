import { expect, test } from "vitest";
import { barChart } from "./bar-chart.ts";

test("bars are as long as their values, and text is text", () => {
  const svg = barChart("a < b", [
    { label: "one & two", value: 1 },
    { label: "three", value: 2 },
  ]);
  const widths = [...svg.matchAll(/width="([\d.]+)" height="22"/g)].map(([, width]) => Number(width));
  expect(widths[1]).toBe(2 * widths[0]!);
  expect(svg).toContain("a &lt; b");
  expect(svg).toContain("one &amp; two");
});
