import { expect, test } from "vitest";
import { FailedTries, MAX_ADDRESSES, MAX_WAITING } from "./failed-tries.ts";

test("each failed try of an address makes the next answer later, up to a bound", () => {
  const tries = new FailedTries();
  const waits = Array.from({ length: 20 }, () => {
    const waitMs = tries.beginWait(tries.add("192.0.2.1", 0));
    tries.endWait();
    return waitMs;
  });
  expect(waits).toEqual(waits.toSorted((a, b) => a! - b!));
  expect(waits[0]).toBeLessThan(waits[5]!);
  expect(waits[19]).toBe(waits[18]);
  expect(tries.beginWait(tries.add("192.0.2.2", 0))).toBe(waits[0]);
});

test("the addresses of one IPv6 network are one, and an address begins anew after a while", () => {
  const tries = new FailedTries();
  expect(tries.add("2001:db8::1", 0)).toBe(1);
  expect(tries.add("2001:db8::ffff", 1_000)).toBe(2);
  expect(tries.add("2001:db8::2", 3_600_000)).toBe(1);
});

test("no more addresses are remembered than the limit, the ones of late", () => {
  const tries = new FailedTries();
  for (let index = 0; index < 2 * MAX_ADDRESSES; index += 1) {
    tries.add(`10.0.${index >> 8}.${index & 255}`, index);
    tries.add("192.0.2.1", index);
  }
  expect(tries.addresses).toBe(MAX_ADDRESSES);
  expect(tries.add("192.0.2.1", 3_000)).toBe(2 * MAX_ADDRESSES + 1);
});

test("no more answers wait at once than the limit", () => {
  const tries = new FailedTries();
  for (let index = 0; index < MAX_WAITING; index += 1) expect(tries.beginWait(1)).toBeGreaterThan(0);
  expect(tries.beginWait(1)).toBeUndefined();
  tries.endWait();
  expect(tries.beginWait(1)).toBeGreaterThan(0);
});
