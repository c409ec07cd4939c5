import { expect, test } from "vitest";
import { FIELDS, HISTORY_BYTES, HISTORY_SECONDS, History, type Sample } from "./history.ts";

const NOTHING: Sample = {
  bitrate_kbps: undefined,
  fps: undefined,
  drops: undefined,
  rtt_ms: undefined,
  lag_ms: undefined,
  buffer_ms: undefined,
};

function sample(fps: number): Sample {
  return { ...NOTHING, fps, bitrate_kbps: 2_500.04, rtt_ms: 12.34 };
}

test("a history keeps ten minutes, whatever comes", () => {
  const history = new History(FIELDS, 1_000_000);
  for (let second = 0; second < 3 * HISTORY_SECONDS; second += 1)
    history.add(1_000_000 + second, sample(second));
  const { fps } = history.read(10_000);
  expect(fps).toEqual(Array.from({ length: HISTORY_SECONDS }, (_, index) => 2 * HISTORY_SECONDS + index));
  expect(history.newest).toBe(1_000_000 + 3 * HISTORY_SECONDS - 1);
  expect(HISTORY_BYTES).toBe(14_400);
});

test("the newest seconds can be read, with a decimal place", () => {
  const history = new History(FIELDS, 7);
  for (const second of [7, 8, 9]) history.add(second, sample(second));
  expect(history.read(2)).toEqual({
    bitrate_kbps: [2_500, 2_500],
    fps: [8, 9],
    drops: [null, null],
    rtt_ms: [12.3, 12.3],
    lag_ms: [null, null],
    buffer_ms: [null, null],
  });
});

test("seconds that were missed are unknown, also when all of them were", () => {
  const history = new History(FIELDS, 0);
  history.add(0, sample(1));
  history.add(3, sample(4));
  history.add(3, sample(5));
  history.add(1, sample(6));
  expect(history.read(10).fps).toEqual([1, null, null, 4]);
  history.add(1_000_000_000, sample(9));
  const { fps } = history.read(HISTORY_SECONDS);
  expect([fps.length, fps.at(-1), new Set(fps.slice(0, -1))]).toEqual([HISTORY_SECONDS, 9, new Set([null])]);
});
