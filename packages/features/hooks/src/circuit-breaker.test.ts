import { expect, it } from "vitest";
import { CircuitBreaker } from "./circuit-breaker.ts";

function failing(...victims: string[]): CircuitBreaker {
  const breaker = new CircuitBreaker();
  for (const victim of victims) breaker.failed(victim, 0);
  return breaker;
}

it("opens after five failures in a row", () => {
  expect(failing("a", "b", "a", "b").admits(0)).toBe(true);
  expect(failing("a", "b", "a", "b", "a").admits(0)).toBe(false);
  const lucky = failing("a", "b", "a", "b");
  lucky.answered();
  lucky.failed("a", 0);
  expect(lucky.isOpen).toBe(false);
});

it("opens without a connection, whoever asks, and not because of one address alone", () => {
  expect(failing(...Array(5).fill("anybody")).isOpen).toBe(true);
  expect(failing(...Array(50).fill("a")).isOpen).toBe(false);
  expect(failing(...Array(50).fill("a"), "b").isOpen).toBe(true);
});

it("lets one request try after five seconds, and closes if it is answered", () => {
  const breaker = failing("a", "b", "a", "b", "a");
  expect(breaker.admits(4_999)).toBe(false);
  expect(breaker.admits(5_000)).toBe(true);
  expect(breaker.admits(5_001)).toBe(false);
  breaker.failed("b", 5_100);
  expect(breaker.admits(9_000)).toBe(false);
  expect(breaker.admits(10_000)).toBe(true);
  breaker.answered();
  expect(breaker.admits(10_001)).toBe(true);
});

it("does not stay open when one address fails at each attempt", () => {
  const breaker = failing("a", "b", "a", "b", "a");
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    expect(breaker.admits(attempt * 5_000)).toBe(true);
    breaker.failed("a", attempt * 5_000);
  }
  expect(breaker.isOpen).toBe(false);
});
