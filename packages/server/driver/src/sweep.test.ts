import { NO_FAULTS } from "@headgate/testkit";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Sweep } from "./sweep.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

it("sweeps each a few times a second, with one timer, and with none once all are gone", () => {
  const sweep = new Sweep(() => performance.now(), NO_FAULTS);
  const [a, b] = [{ sweep: vi.fn() }, { sweep: vi.fn() }];
  expect(vi.getTimerCount()).toBe(0);
  sweep.add(a);
  sweep.add(b);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1000);
  sweep.delete(a);
  vi.advanceTimersByTime(1000);
  expect([a.sweep.mock.calls.length, b.sweep.mock.calls.length]).toEqual([4, 8]);
  sweep.delete(b);
  expect(vi.getTimerCount()).toBe(0);
});

it("a fault in one does not keep the others from their timeouts", () => {
  const report = vi.fn();
  const sweep = new Sweep(() => performance.now(), { ...NO_FAULTS, report });
  const other = { sweep: vi.fn() };
  sweep.add({
    sweep: () => {
      throw new Error("a bug");
    },
  });
  sweep.add(other);
  vi.advanceTimersByTime(500);
  expect([other.sweep.mock.calls.length, report.mock.calls.length]).toEqual([2, 2]);
});

it("one that leaves in its own sweep does not keep the next from theirs", () => {
  const sweep = new Sweep(() => performance.now(), NO_FAULTS);
  const ending = { sweep: () => sweep.delete(ending) };
  const other = { sweep: vi.fn() };
  sweep.add(ending);
  sweep.add(other);
  vi.advanceTimersByTime(250);
  expect(other.sweep).toHaveBeenCalledOnce();
});
