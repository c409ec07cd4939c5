import { expect, it } from "vitest";
import { FailedSessions } from "./failed-sessions.ts";

it("has one line for each reason and address in ten seconds, and then says how many were left out", () => {
  const failed = new FailedSessions();
  expect(failed.take("handshake timeout", "192.0.2.1", 0)).toBe(0);
  expect(failed.take("handshake timeout", "192.0.2.1", 1)).toBeUndefined();
  expect(failed.take("handshake timeout", "192.0.2.1", 9_999)).toBeUndefined();
  expect(failed.take("handshake timeout", "192.0.2.2", 9_999)).toBe(0);
  expect(failed.take("connect timeout", "192.0.2.1", 9_999)).toBe(0);
  expect(failed.take("handshake timeout", "192.0.2.1", 10_000)).toBe(2);
});

it("remembers a thousand of them", () => {
  const failed = new FailedSessions();
  for (let i = 0; i < 1_001; i += 1) failed.take("handshake timeout", `10.0.${i >> 8}.${i & 255}`, 0);
  expect(failed.take("handshake timeout", "10.0.3.232", 1)).toBeUndefined();
  expect(failed.take("handshake timeout", "10.0.0.0", 1)).toBe(0);
});
