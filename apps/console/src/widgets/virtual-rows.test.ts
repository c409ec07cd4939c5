import { expect, test } from "vitest";
import { drawnRows, topToShow } from "./virtual-rows.ts";

test.each([
  [0, 0],
  [3, 0],
  [10_000, 0],
  [10_000, 179_800],
  [10_000, 359_640],
  [10_000, 1e9],
])("of %s rows, scrolled to %s, few are drawn and all have their room", (total, top) => {
  const { from, to, above, below } = drawnRows(total, 36, top, 600);
  expect(to - from).toBeLessThan(40);
  expect(above + (to - from) * 36 + below).toBe(total * 36);
  const [first, last] = [Math.floor(top / 36), Math.floor((top + 599) / 36)];
  if (last < total) {
    expect(from).toBeLessThanOrEqual(first);
    expect(to).toBeGreaterThan(last);
  }
});

test("a row is scrolled to only if it cannot be seen", () => {
  expect(topToShow(5, 36, 0, 600, 40)).toBeUndefined();
  expect(topToShow(5, 36, 1_000, 600, 40)).toBe(180);
  expect(topToShow(50, 36, 0, 600, 40)).toBe(50 * 36 + 36 + 40 - 600);
});
