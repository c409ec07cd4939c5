import { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  HandshakeTurns,
  MAX_BEGUN_AT_ONCE,
  MAX_HANDSHAKES_PER_ADDRESS,
  MAX_TURN_MS,
} from "./handshake-turns.ts";
import { FAULTS } from "./running.test.helper.ts";

const WAIT_MS = 50;

let turns: HandshakeTurns;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  turns = new HandshakeTurns(FAULTS);
});
afterEach(() => {
  vi.useRealTimers();
});

function begin(remoteAddress: string, socket: Socket = new Socket(), waitMs = WAIT_MS): Promise<() => void> {
  return turns.begin(socket, remoteAddress, performance.now() + waitMs);
}

/** As many as may run of an address; returns what ends each. */
function fill(remoteAddress: string): Promise<(() => void)[]> {
  return Promise.all(Array.from({ length: MAX_HANDSHAKES_PER_ADDRESS }, () => begin(remoteAddress)));
}

test("one more of an address waits until another has ended, and those of other addresses do not", async () => {
  const [endFirst] = await fill("192.0.2.1");
  const order: string[] = [];
  const later = ["a", "b"].map(async (name) => {
    const end = await begin("192.0.2.1");
    order.push(name);
    return end;
  });
  await begin("192.0.2.2");
  expect(order).toEqual([]);
  endFirst?.();
  (await later[0])?.();
  await later[1];
  expect(order).toEqual(["a", "b"]);
});

test("the addresses of an IPv6 /64 count as one", async () => {
  await fill("2001:db8::1");
  const waiting = begin("2001:db8::2");
  await begin("2001:db8:0:1::1");
  vi.advanceTimersByTime(WAIT_MS);
  await expect(waiting).rejects.toMatchObject({
    code: "TLS_HANDSHAKE_FAILED",
    message: "the TLS handshake failed: too many handshakes of the same address are waiting",
  });
});

test("a connection that closes while it waits takes no turn", async () => {
  const ends = await fill("192.0.2.1");
  const socket = new Socket();
  const closing = begin("192.0.2.1", socket);
  const next = begin("192.0.2.1");
  socket.emit("close");
  await expect(closing).rejects.toThrow("the connection ended");
  ends[0]?.();
  (await next)();
  for (const end of ends.slice(1)) end();
  expect(vi.getTimerCount()).toBe(0);
});

test("an address whose handshakes have all ended starts anew", async () => {
  for (const end of await fill("192.0.2.1")) end();
  await fill("192.0.2.1");
});

test("silent clients keep their turns for a while and not longer, and end them once", async () => {
  const silent = await fill("192.0.2.1");
  const others = silent.map(() => begin("192.0.2.1", new Socket(), 2 * MAX_TURN_MS));
  vi.advanceTimersByTime(MAX_TURN_MS);
  await Promise.all(others);
  for (const end of silent) end();
  const waiting = begin("192.0.2.1");
  vi.advanceTimersByTime(WAIT_MS);
  await expect(waiting).rejects.toThrow("too many handshakes");
});

test("a few begin in one turn of the event loop, whatever their addresses", async () => {
  let begun = 0;
  const counts: number[] = [];
  for (let i = 0; i < 3 * MAX_BEGUN_AT_ONCE; i += 1) {
    void begin(`192.0.2.${i}`).then(() => {
      begun += 1;
    });
  }
  for (let turn = 0; turn < 4; turn += 1) {
    await nextTurn();
    counts.push(begun);
  }
  const most = counts.map((count, turn) => count - (counts[turn - 1] ?? 0));
  expect(Math.max(...most.slice(1))).toBe(MAX_BEGUN_AT_ONCE);
  expect(begun).toBe(3 * MAX_BEGUN_AT_ONCE);
});
