import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { NO_FAULTS } from "@headgate/testkit";
import { expect, test, vi } from "vitest";
import { PlainConnection } from "./plain-connection.ts";
import { RequestTurns } from "./request-turns.ts";

const REQUEST = "POST /send/id/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na";

const nextTick = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

test("nothing is read in a turn that others have used up, and everything in the next", async () => {
  const turns = new RequestTurns();
  while (!turns.isOver) turns.count();
  const socket = new Duplex({ read: () => {}, write: (_, __, done) => done() });
  let read = 0;
  const onRequest = (): (() => void) => {
    read += 1;
    return () => {};
  };
  const handler = { remoteAddress: "192.0.2.1", onRequest, onOther: () => {}, onClosed: () => {} };
  const wait = vi.spyOn(turns, "wait");
  new PlainConnection(socket as Socket, handler, NO_FAULTS, turns);
  socket.push(REQUEST.repeat(3));
  for (let i = 0; i < 10 && !socket.isPaused(); i += 1) await nextTick();
  expect([socket.isPaused(), read]).toEqual([true, 0]);
  expect(wait).toHaveBeenCalledWith("192.0.2.1", expect.any(Function));
  await nextTurn();
  expect(read).toBe(3);
});
