import { setImmediate as nextTurn } from "node:timers/promises";
import { NO_FAULTS } from "@headgate/testkit";
import { Arrivals } from "@headgate/transport";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MAX_REPLIES_MS } from "./limits.ts";
import { ReplyTurns } from "./reply-turns.ts";

let isOver: boolean;

beforeEach(() => {
  isOver = false;
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  isOver = true;
  vi.useRealTimers();
});

/** A connection to a server that always says more, and takes so long each time it is read. */
function flood(turns: ReplyTurns, server: string, ms: number): () => number {
  let reads = 0;
  const goOn = (): void => {
    if (isOver) return;
    reads += 1;
    turns.spend(() => vi.advanceTimersByTime(ms));
    turns.wait(server, goOn);
  };
  turns.wait(server, goOn);
  return () => reads;
}

test("replies of all servers together are read for so long in one turn of the event loop", async () => {
  const turns = new ReplyTurns(NO_FAULTS);
  const floods = Array.from({ length: 50 }, (_, index) =>
    flood(turns, `192.0.2.${index % 5}`, MAX_REPLIES_MS / 4),
  );
  const readOfAll = (): number => floods.reduce((sum, reads) => sum + reads(), 0);
  for (let turn = 0, before = 0; turn < 3; turn += 1, before = readOfAll()) {
    await nextTurn();
    expect([readOfAll() - before, turns.isOver]).toEqual([4, true]);
  }
});

test("a server waits for one connection of each other, however many those have", async () => {
  const turns = new ReplyTurns(NO_FAULTS);
  for (let count = 0; count < 1_000; count += 1) flood(turns, "192.0.2.1", MAX_REPLIES_MS / 4);
  await nextTurn();
  const one = flood(turns, "192.0.2.2", 0);
  await nextTurn();
  expect(one()).toBeGreaterThan(0);
});

test("a fault in reading one reply does not keep the others from their turns", async () => {
  const report = vi.fn();
  const turns = new ReplyTurns({ ...NO_FAULTS, report });
  const bug = (): void => {
    throw new Error("a bug");
  };
  turns.wait("192.0.2.1", () => turns.spend(bug));
  const other = flood(turns, "192.0.2.2", MAX_REPLIES_MS);
  for (let turn = 0; turn < 3; turn += 1) await nextTurn();
  expect([report.mock.calls.length, other() > 0]).toEqual([1, true]);
});

test("what floods waits in turns in which connections arrive", async () => {
  const arrivals = new Arrivals();
  const turns = new ReplyTurns(NO_FAULTS, arrivals);
  const reads = flood(turns, "192.0.2.1", 1);
  for (let turn = 0; turn < 3; turn += 1) {
    arrivals.note();
    await nextTurn();
    expect([reads(), turns.isOver]).toEqual([0, false]);
  }
  await nextTurn();
  expect(reads()).toBeGreaterThan(0);
});
