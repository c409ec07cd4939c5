import { expect, it } from "vitest";
import { Backoff } from "./backoff.ts";

it("waits twice as long each time, up to half a minute, with a random part", () => {
  const longest = new Backoff(() => 0);
  const delays = Array.from({ length: 9 }, () => longest.next(0));
  expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  const shortest = new Backoff(() => 1);
  expect(shortest.next(0)).toBe(250);
});

it("starts again from the shortest wait after a connection that lasted", () => {
  const backoff = new Backoff(() => 0);
  backoff.next(0);
  backoff.next(0);
  expect(backoff.next(60_000)).toBe(500);
});
