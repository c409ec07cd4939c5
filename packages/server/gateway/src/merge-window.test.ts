import { describe, expect, it } from "vitest";
import { MergeWindow } from "./merge-window.ts";

const OPTIONS = {
  soundWaitMs: 40,
  maxWindowMs: 100,
  maxWindowUnderLoadMs: 350,
  targetUtilizationPercent: 20,
};

/** Observes a process for some seconds whose utilisation follows from the window, and which writes for a share of its work. */
function run(
  window: MergeWindow,
  utilization: (windowMs: number) => number,
  seconds: number,
  writing = 0.5,
): void {
  for (let ms = 0; ms < seconds * 1000; ms += 250) {
    const busy = utilization(window.windowMs);
    window.observe(busy, 250, writing * busy);
  }
}

describe("the merge window", () => {
  it("is closed in an idle process", () => {
    const window = new MergeWindow(OPTIONS);
    run(window, () => 0.04, 60);
    expect(window.windowMs).toBe(0);
  });

  it("opens a little in a process that does anything", () => {
    const window = new MergeWindow(OPTIONS);
    run(window, () => 0.06, 60);
    expect(window.windowMs).toBeCloseTo(35);
    run(window, () => 0.19, 60);
    expect(window.windowMs).toBeCloseTo(35);
    const least = new MergeWindow({ ...OPTIONS, maxWindowMs: 20 });
    run(least, () => 0.06, 60);
    expect(least.windowMs).toBe(20);
  });

  it("opens to its maximum, and no further, in a busy process", () => {
    const window = new MergeWindow(OPTIONS);
    run(window, () => 0.59, 60);
    expect(window.windowMs).toBe(100);
  });

  it("opens further in a process that is under load, and to a longer one's maximum", () => {
    const window = new MergeWindow(OPTIONS);
    run(window, () => 1, 60);
    expect(window.windowMs).toBe(350);
    const longer = new MergeWindow({ ...OPTIONS, maxWindowMs: 500 });
    run(longer, () => 1, 60);
    expect(longer.windowMs).toBe(500);
  });

  it("opens no further in a process that has other work than to write to viewers", () => {
    const window = new MergeWindow(OPTIONS);
    run(window, () => 1, 60, 0.3);
    expect(window.windowMs).toBe(100);
  });

  it("stays open although that has halved the load, and closes when the load has gone", () => {
    const window = new MergeWindow(OPTIONS);
    const utilization = (windowMs: number) => (windowMs > 100 ? 0.4 : 0.7);
    run(window, utilization, 60);
    expect(window.windowMs).toBe(350);
    run(window, () => 0.29, 2.5);
    expect(window.windowMs).toBe(350);
    run(window, () => 0.29, 4);
    expect(window.windowMs).toBe(100);
  });

  it("does not take one busy second for load", () => {
    const window = new MergeWindow(OPTIONS);
    run(window, () => 0.5, 60);
    run(window, () => 0.8, 0.5);
    run(window, () => 0.5, 1);
    expect(window.windowMs).toBe(100);
  });

  it("opens step by step, so that one busy moment changes little", () => {
    const window = new MergeWindow(OPTIONS);
    window.observe(1, 250, 1);
    expect(window.windowMs).toBeGreaterThan(0);
    expect(window.windowMs).toBeLessThanOrEqual(25);
  });

  it("settles where utilisation is the target, and stays there", () => {
    const window = new MergeWindow(OPTIONS);
    // A write every 13 ms at most, and what it costs.
    const utilization = (windowMs: number) => 0.02 + 10 / Math.max(13, windowMs);
    run(window, utilization, 60);
    const settledMs = window.windowMs;
    expect(utilization(settledMs)).toBeCloseTo(0.2, 2);
    run(window, utilization, 60);
    expect(window.windowMs).toBeCloseTo(settledMs, 0);
  });

  it("closes again after the load", () => {
    const window = new MergeWindow(OPTIONS);
    run(window, () => 1, 10);
    run(window, () => 0.01, 10);
    expect(window.windowMs).toBe(0);
  });

  it("never opens with a maximum of 0", () => {
    const window = new MergeWindow({ ...OPTIONS, maxWindowMs: 0 });
    run(window, () => 1, 10);
    expect(window.windowMs).toBe(0);
  });
});
