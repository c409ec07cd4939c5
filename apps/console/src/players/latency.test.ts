import { expect, test } from "vitest";
import { LatencyMeter } from "./latency.ts";

test("the promptest arrival says how late what is seen is", () => {
  const meter = new LatencyMeter();
  expect(meter.behindMs(1_000, 0)).toBeUndefined();
  // The backlog of a second comes at once, and then each moment with a delay of its own.
  meter.arrived(10_000, 1);
  expect(meter.behindMs(10_000, 0.5)).toBe(500);
  meter.arrived(10_280, 1.2);
  meter.arrived(10_400, 1.4);
  expect(meter.behindMs(10_400, 1)).toBe(400);
  meter.arrived(10_550, 1.6);
  expect(meter.behindMs(10_600, 1.3)).toBe(350);
});

test("nothing new changes nothing, and a player that begins anew is measured anew", () => {
  const meter = new LatencyMeter();
  meter.arrived(10_000, 5);
  meter.arrived(20_000, 5);
  expect(meter.behindMs(20_000, 5)).toBe(10_000);
  meter.arrived(30_000, 1);
  expect(meter.behindMs(30_000, 0.8)).toBeCloseTo(200);
});
