import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MAX_REPLIES_MS, ReplyTurns } from "./reply-turns.ts";

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
    turns.start();
    reads += 1;
    vi.advanceTimersByTime(ms);
    turns.wait(server, goOn);
  };
  turns.wait(server, goOn);
  return () => reads;
}

test("replies of all servers together are read for so long in one turn of the event loop", async () => {
  const turns = new ReplyTurns();
  const floods = Array.from({ length: 50 }, (_, index) => flood(turns, `${index % 5}`, MAX_REPLIES_MS / 4));
  const readOfAll = (): number => floods.reduce((sum, reads) => sum + reads(), 0);
  for (let turn = 0, before = 0; turn < 3; turn += 1, before = readOfAll()) {
    await nextTurn();
    expect([readOfAll() - before, turns.isOver]).toEqual([4, true]);
  }
});

test("a server waits for one connection of each other, however many those have", async () => {
  const turns = new ReplyTurns();
  for (let count = 0; count < 1_000; count += 1) flood(turns, "flood.example", MAX_REPLIES_MS / 4);
  await nextTurn();
  const one = flood(turns, "one.example", 0);
  await nextTurn();
  expect(one()).toBeGreaterThan(0);
});
