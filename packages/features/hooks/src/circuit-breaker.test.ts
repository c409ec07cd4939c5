import { expect, it } from "vitest";
import { CircuitBreaker } from "./circuit-breaker.ts";

function failing(times: number): CircuitBreaker {
  const breaker = new CircuitBreaker();
  for (let i = 0; i < times; i += 1) breaker.failed(0);
  return breaker;
}

it("opens after five failures in a row", () => {
  expect(failing(4).admits(0)).toBe(true);
  expect(failing(5).admits(0)).toBe(false);
  const lucky = failing(4);
  lucky.succeeded();
  lucky.failed(0);
  expect(lucky.isOpen).toBe(false);
});

it("lets one request try after five seconds, and closes if it succeeds", () => {
  const breaker = failing(5);
  expect(breaker.admits(4_999)).toBe(false);
  expect(breaker.admits(5_000)).toBe(true);
  expect(breaker.admits(5_001)).toBe(false);
  breaker.failed(5_100);
  expect(breaker.admits(9_000)).toBe(false);
  expect(breaker.admits(10_000)).toBe(true);
  breaker.succeeded();
  expect(breaker.admits(10_001)).toBe(true);
});
