import { expect, it } from "vitest";
import { AllowCache } from "./allow-cache.ts";

it("forgets after its time", () => {
  const cache = new AllowCache<string>(100);
  cache.set("a", "yes", 0);
  expect(cache.get("a", 99)).toBe("yes");
  expect(cache.get("a", 100)).toBeUndefined();
  expect(cache.get("b", 0)).toBeUndefined();
});

it("keeps ten thousand entries at most, and forgets the oldest", () => {
  const cache = new AllowCache<number>(1_000);
  for (let i = 0; i <= 10_000; i += 1) cache.set(`request ${i}`, i, i / 100_000);
  expect(cache.get("request 0", 1)).toBeUndefined();
  expect(cache.get("request 1", 1)).toBe(1);
  expect(cache.get("request 10000", 1)).toBe(10_000);
});
