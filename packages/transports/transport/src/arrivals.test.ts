import { expect, test } from "vitest";
import { Arrivals } from "./arrivals.ts";

test("a line waits in the turns in which a connection arrives, and in no others", () => {
  const arrivals = new Arrivals();
  arrivals.note();
  const [one, other] = [arrivals.forLine(), arrivals.forLine()];
  expect(one()).toBe(false);
  for (let i = 0; i < 3; i += 1) arrivals.note();
  expect([one(), one(), other(), other()]).toEqual([true, false, true, false]);
});

test("a line has its turn now and then, however many connections arrive", () => {
  const arrivals = new Arrivals();
  const waits = arrivals.forLine();
  const turns = Array.from({ length: 100 }, () => {
    arrivals.note();
    return waits();
  });
  const served = turns.filter((hasWaited) => !hasWaited).length;
  expect(served).toBeGreaterThan(3);
  expect(served).toBeLessThan(10);
});
