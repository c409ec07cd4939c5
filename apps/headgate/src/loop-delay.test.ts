import { expect, test } from "vitest";
import { LoopDelay } from "./loop-delay.ts";

test("the longest delay of the timer since the last question is told", () => {
  const delay = new LoopDelay();
  for (const nowMs of [1_000, 1_250, 1_512, 2_500, 2_760]) delay.sweep(nowMs);
  expect(delay.takeLongestMs()).toBe(738);
  expect(delay.takeLongestMs()).toBe(0);
  delay.sweep(3_020);
  expect(delay.takeLongestMs()).toBe(10);
});
