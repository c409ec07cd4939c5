import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { NO_FAULTS } from "@headgate/testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  KEEP_ALIVE_MS,
  MAX_REQUESTS_OF_ALL_MS,
  MAX_REQUESTS_OF_ALL_PER_TURN,
  UNFINISHED_MS,
} from "./limits.ts";
import { PlainConnection } from "./plain-connection.ts";
import { RequestTurns } from "./request-turns.ts";

const REQUEST = "POST /send/id/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const nextTick = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

/** A connection that has sent this, with what came of it. */
async function connectionThatSent(said: string, turns: RequestTurns) {
  const socket = new Duplex({ read: () => {}, write: (_, __, done) => done() });
  const seen = { read: 0, others: 0 };
  const handler = {
    remoteAddress: "192.0.2.1",
    onRequest: () => {
      seen.read += 1;
      return () => {};
    },
    onOther: () => {
      seen.others += 1;
    },
    onClosed: () => {},
  };
  const connection = new PlainConnection(socket as Socket, handler, NO_FAULTS, turns);
  socket.push(said);
  for (let i = 0; i < 10; i += 1) await nextTick();
  return { socket, seen, connection };
}

/** Twice as many as have a turn at once. */
function manyThatSent(said: string, turns: RequestTurns) {
  const all = Array.from({ length: 2 * MAX_REQUESTS_OF_ALL_PER_TURN }, () => connectionThatSent(said, turns));
  return Promise.all(all);
}

test("nothing is read in a turn that others have used up, and everything in the next", async () => {
  const turns = new RequestTurns();
  while (!turns.isOver) turns.count();
  const wait = vi.spyOn(turns, "wait");
  const { socket, seen } = await connectionThatSent(REQUEST.repeat(3), turns);
  expect([socket.isPaused(), seen.read]).toEqual([false, 0]);
  expect(wait).toHaveBeenCalledWith("192.0.2.1", expect.any(Function));
  await nextTurn();
  expect(seen.read).toBe(3);
});

test("what comes while a connection waits for its turn is kept, and the connection is read no further", async () => {
  const turns = new RequestTurns();
  while (!turns.isOver) turns.count();
  const [begin, end] = [REQUEST.slice(0, 30), REQUEST.slice(30)];
  const { socket, seen } = await connectionThatSent(begin, turns);
  socket.push(end + begin);
  for (let i = 0; i < 10; i += 1) await nextTick();
  expect([socket.isPaused(), seen.read]).toEqual([true, 0]);
  await nextTurn();
  expect([socket.isPaused(), seen.read]).toEqual([false, 1]);
  socket.push(end);
  await nextTurn();
  expect(seen.read).toBe(2);
});

test("what is no request takes time as well", async () => {
  const turns = new RequestTurns();
  await connectionThatSent("POST /send/id/1 HTTP/1.1\r\n", turns);
  expect(turns.isOver).toBe(false);
  vi.advanceTimersByTime(MAX_REQUESTS_OF_ALL_MS);
  expect(turns.isOver).toBe(true);
});

test("of many unfinished requests few are handed over in a turn", async () => {
  const turns = new RequestTurns();
  const all = await manyThatSent("POST /send/id/1 HTTP/1.1\r\n", turns);
  const handedOver = (): number => all.filter(({ seen }) => seen.others > 0).length;
  for (const { connection } of all) connection.sweep(performance.now() + UNFINISHED_MS);
  expect(handedOver()).toBe(0);
  await nextTurn();
  expect(handedOver()).toBe(MAX_REQUESTS_OF_ALL_PER_TURN);
  await nextTurn();
  expect(handedOver()).toBe(all.length);
});

test("of many that are silent few are closed in a turn", async () => {
  const turns = new RequestTurns();
  const all = await manyThatSent("", turns);
  const closed = (): number => all.filter(({ socket }) => socket.destroyed).length;
  for (const { connection } of all) connection.sweep(performance.now() + KEEP_ALIVE_MS);
  expect(closed()).toBe(0);
  await nextTurn();
  expect(closed()).toBe(MAX_REQUESTS_OF_ALL_PER_TURN);
  await nextTurn();
  expect(closed()).toBe(all.length);
});
