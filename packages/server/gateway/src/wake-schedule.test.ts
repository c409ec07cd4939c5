import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Flushable } from "./audience.ts";
import { WakeSchedule } from "./wake-schedule.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const FAULTS = { report: () => {}, unrecoverable: () => {} };

function reader(): Flushable {
  return { lastPass: 0, isWoken: false, turnKey: "", flush: () => {}, fail: () => {} };
}

function schedule() {
  const woken: Flushable[] = [];
  return { woken, schedule: new WakeSchedule((one) => woken.push(one), FAULTS) };
}

describe("the schedule of readers", () => {
  it("wakes each once it is due, those of a moment together, with one timer", () => {
    const { woken, schedule: wakes } = schedule();
    const [first, second, third] = [reader(), reader(), reader()];
    const nowMs = performance.now();
    wakes.add(third, nowMs + 1000);
    wakes.add(first, nowMs + 101);
    wakes.add(second, nowMs + 110);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(100);
    expect(woken).toEqual([]);
    vi.advanceTimersByTime(60);
    expect(woken).toEqual([first, second]);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(1000);
    expect(woken).toEqual([first, second, third]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("knows what a reader has said last", () => {
    const { woken, schedule: wakes } = schedule();
    const one = reader();
    const nowMs = performance.now();
    wakes.add(one, nowMs + 100);
    wakes.add(one, nowMs + 500);
    vi.advanceTimersByTime(400);
    expect(woken).toEqual([]);
    wakes.add(one, nowMs + 450);
    vi.advanceTimersByTime(100);
    expect(woken).toEqual([one]);
    wakes.add(one, nowMs + 600);
    wakes.delete(one);
    wakes.delete(one);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("wakes a reader that is due much later meanwhile", () => {
    const { woken, schedule: wakes } = schedule();
    wakes.add(reader(), Number.MAX_VALUE);
    vi.advanceTimersByTime(10_100);
    expect(woken).toHaveLength(1);
  });
});
