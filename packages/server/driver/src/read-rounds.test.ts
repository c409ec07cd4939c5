import { NO_FAULTS } from "@headgate/testkit";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ReadRounds } from "./read-rounds.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function newRounds(): ReadRounds {
  return new ReadRounds(() => performance.now(), NO_FAULTS);
}

/** Notes when it is read. */
function newReader() {
  const readMs: number[] = [];
  return { readMs, readOn: () => readMs.push(performance.now()) };
}

it("reads all that wait for the same time with one timer, and then has none", () => {
  const rounds = newRounds();
  const startMs = performance.now();
  const [a, b] = [newReader(), newReader()];
  rounds.await(a, startMs + 100);
  rounds.await(b, startMs + 100);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1000);
  expect([a.readMs, b.readMs]).toEqual([[startMs + 100], [startMs + 100]]);
  expect(vi.getTimerCount()).toBe(0);
});

it("one that may wait for less is read first", () => {
  const rounds = newRounds();
  const startMs = performance.now();
  const [patient, hasty] = [newReader(), newReader()];
  rounds.await(patient, startMs + 100);
  rounds.await(hasty, startMs + 35);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1000);
  expect([patient.readMs, hasty.readMs]).toEqual([[startMs + 100], [startMs + 35]]);
});

it("does not read one that has left", () => {
  const rounds = newRounds();
  const reader = newReader();
  rounds.await(reader, performance.now() + 100);
  rounds.leave(reader);
  vi.advanceTimersByTime(1000);
  expect(reader.readMs).toEqual([]);
});

it("goes on when a reader waits again at once", () => {
  const rounds = newRounds();
  const startMs = performance.now();
  const readMs: number[] = [];
  const reader = {
    readOn: () => {
      readMs.push(performance.now() - startMs);
      if (readMs.length < 3) rounds.await(reader, performance.now() + 50);
    },
  };
  rounds.await(reader, startMs + 50);
  vi.advanceTimersByTime(1000);
  expect(readMs).toEqual([50, 100, 150]);
});

it("has nothing to gain from a round that is due", () => {
  const rounds = newRounds();
  expect(rounds.isWorthwhile(performance.now() + 1)).toBe(false);
  expect(rounds.isWorthwhile(performance.now() - 35)).toBe(false);
  expect(rounds.isWorthwhile(performance.now() + 35)).toBe(true);
});

it("reads early what is due in a moment, when viewers are written to", () => {
  const rounds = newRounds();
  const startMs = performance.now();
  const [soon, later] = [newReader(), newReader()];
  rounds.await(soon, startMs + 35);
  rounds.await(later, startMs + 100);
  vi.advanceTimersByTime(34);
  rounds.readEarly();
  expect([soon.readMs, later.readMs]).toEqual([[startMs + 34], []]);
  vi.advanceTimersByTime(66);
  expect([soon.readMs, later.readMs]).toEqual([[startMs + 34], [startMs + 100]]);
});
