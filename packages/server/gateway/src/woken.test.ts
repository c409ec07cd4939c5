import { NO_FAULTS } from "@headgate/testkit";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Flushable } from "./audience.ts";
import { FanOut } from "./fan-out.ts";

let nowMs: number;
let flushed: string[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setImmediate"] });
  nowMs = 0;
  vi.spyOn(performance, "now").mockImplementation(() => nowMs);
});

afterEach(() => {
  vi.useRealTimers();
});

/** A viewer that is so far behind that it takes a millisecond. */
function viewer(name: string, turnKey: string, onFlush: () => void = () => {}): Flushable {
  return {
    lastPass: 0,
    isWoken: false,
    turnKey,
    flush: () => {
      nowMs += 1;
      flushed.push(name);
      onFlush();
    },
    fail: (error) => {
      throw error;
    },
  };
}

/** What was flushed in this turn of the event loop. */
function turn(): string[] {
  flushed = [];
  vi.advanceTimersToNextTimer();
  return flushed;
}

it("addresses take turns among viewers that are woken at once", () => {
  const fanOut = new FanOut(() => 0, 40, NO_FAULTS);
  for (let i = 0; i < 1000; i += 1) fanOut.wake(viewer(`behind ${i}`, "192.0.2.1"));
  for (const name of ["a", "b"]) fanOut.wake(viewer(name, `address of ${name}`));
  expect(turn()).toEqual(["behind 0", "a", "b", "behind 1"]);
  expect(turn()).toEqual(["behind 2", "behind 3", "behind 4", "behind 5"]);
});

it("one that is woken later waits for no more than one of another address, however many those are", () => {
  const fanOut = new FanOut(() => 0, 40, NO_FAULTS);
  for (let i = 0; i < 1000; i += 1) {
    const behind: Flushable = viewer("behind", "192.0.2.1", () => fanOut.wake(behind));
    fanOut.wake(behind);
  }
  for (let i = 0; i < 10; i += 1) turn();
  fanOut.wake(viewer("a", "192.0.2.2"));
  expect(turn()).toEqual(["behind", "a", "behind", "behind"]);
});

it("one that always has more is flushed once in a pass, though others of its address are not", () => {
  const fanOut = new FanOut(() => 0, 40, NO_FAULTS);
  const eager: Flushable = viewer("eager", "192.0.2.1", () => fanOut.wake(eager));
  fanOut.wake(eager);
  fanOut.wake(eager);
  expect([turn(), turn()]).toEqual([["eager"], ["eager"]]);
  fanOut.wake(viewer("a", "192.0.2.1"));
  expect(turn()).toEqual(["eager", "a"]);
});
