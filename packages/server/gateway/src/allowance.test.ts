import { describe, expect, it } from "vitest";
import { Allowance } from "./allowance.ts";

function takeAll(allowance: Allowance, nowMs: number): number {
  let count = 0;
  while (allowance.take(nowMs)) count += 1;
  return count;
}

describe("an allowance", () => {
  it("grants so many at once, and more as time passes, up to as many as at first", () => {
    const allowance = new Allowance(10, 4);
    expect(takeAll(allowance, 5_000)).toBe(10);
    expect(takeAll(allowance, 5_100)).toBe(0);
    expect(takeAll(allowance, 6_000)).toBe(4);
    expect(takeAll(allowance, 1_000_000)).toBe(10);
  });
});
