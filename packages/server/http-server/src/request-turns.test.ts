import { setImmediate as nextTurn } from "node:timers/promises";
import { Arrivals } from "@headgate/transport";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MAX_REQUESTS_OF_ALL_MS, MAX_REQUESTS_OF_ALL_PER_TURN } from "./limits.ts";
import { RequestTurns } from "./request-turns.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A connection that always has one more request, and waits for its turn after each. */
function flood(turns: RequestTurns, address: string): () => number {
  let read = 0;
  const goOn = (): void => {
    read += 1;
    turns.count();
    turns.wait(address, goOn);
  };
  turns.wait(address, goOn);
  return () => read;
}

test("so many requests are read in one turn of the event loop, of all connections together", async () => {
  const turns = new RequestTurns();
  const floods = Array.from({ length: 2 * MAX_REQUESTS_OF_ALL_PER_TURN }, (_, index) =>
    flood(turns, `192.0.2.${index % 10}`),
  );
  const readByAll = (): number => floods.reduce((sum, read) => sum + read(), 0);
  for (let turn = 0, before = 0; turn < 3; turn += 1, before = readByAll()) {
    await nextTurn();
    expect(readByAll() - before).toBe(MAX_REQUESTS_OF_ALL_PER_TURN);
    expect(turns.isOver).toBe(true);
  }
});

test("a connection waits for one of another address, however many that has", async () => {
  const turns = new RequestTurns();
  for (let i = 0; i < 10 * MAX_REQUESTS_OF_ALL_PER_TURN; i += 1) flood(turns, "192.0.2.1");
  await nextTurn();
  const one = flood(turns, "192.0.2.2");
  await nextTurn();
  expect(one()).toBeGreaterThan(0);
});

test("requests that take long are fewer in a turn", async () => {
  const turns = new RequestTurns();
  let isOver = false;
  let read = 0;
  const goOn = (): void => {
    read += 1;
    turns.count();
    if (isOver) return;
    vi.advanceTimersByTime(MAX_REQUESTS_OF_ALL_MS / 4);
    turns.wait("192.0.2.1", goOn);
  };
  for (let i = 0; i < 100; i += 1) turns.wait("192.0.2.1", () => goOn());
  await nextTurn();
  expect(read).toBe(4);
  await nextTurn();
  expect(read).toBe(8);
  isOver = true;
});

test("the time of a turn begins when something is read, although it is no request", async () => {
  const turns = new RequestTurns();
  turns.start();
  vi.advanceTimersByTime(MAX_REQUESTS_OF_ALL_MS - 1);
  turns.start();
  expect(turns.isOver).toBe(false);
  vi.advanceTimersByTime(1);
  expect(turns.isOver).toBe(true);
  await nextTurn();
  expect(turns.isOver).toBe(false);
});

test("what requests leave to do for the end of their call takes time of the turn, too", async () => {
  const turns = new RequestTurns();
  let read = 0;
  const goOn = (): void => {
    read += 1;
    process.nextTick(() => vi.advanceTimersByTime(MAX_REQUESTS_OF_ALL_MS));
  };
  for (let i = 0; i < 3; i += 1) turns.wait("192.0.2.1", () => goOn());
  for (let turn = 1; turn <= 3; turn += 1) {
    await nextTurn();
    expect(read).toBe(turn);
  }
});

test("connections with many requests wait in turns in which others arrive", async () => {
  const arrivals = new Arrivals();
  const turns = new RequestTurns(arrivals);
  const read = flood(turns, "192.0.2.1");
  for (let turn = 0; turn < 3; turn += 1) {
    arrivals.note();
    await nextTurn();
    expect([read(), turns.isOver]).toEqual([0, false]);
  }
  await nextTurn();
  expect(read()).toBeGreaterThan(0);
});
