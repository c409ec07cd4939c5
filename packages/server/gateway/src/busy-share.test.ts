import { describe, expect, it } from "vitest";
import { BusyMeter, busyShare } from "./busy-share.ts";

describe("how busy the process is", () => {
  it("is its CPU time where the event loop has waited for others as well", () => {
    expect(busyShare(0.25, 0.04)).toBe(0.04);
  });

  it("is the event loop's time where other threads have worked more than it", () => {
    expect(busyShare(0.05, 0.4)).toBe(0.05);
  });

  it("is the event loop's time when little of it is left, although others have the cores", () => {
    expect(busyShare(0.9, 0.1)).toBe(0.9);
  });

  it("is measured from one call to the next", async () => {
    const meter = new BusyMeter();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const first = meter.take();
    expect(first?.elapsedMs).toBeGreaterThan(0);
    expect(first?.share).toBeGreaterThanOrEqual(0);
    expect(first?.share).toBeLessThanOrEqual(1);
  });
});
