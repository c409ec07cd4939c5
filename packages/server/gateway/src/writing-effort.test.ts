import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FanOut } from "./fan-out.ts";
import { MergeWindow } from "./merge-window.ts";
import { TestGateway, useVirtualTime } from "./test-gateway.test.helper.ts";
import { WritingEffort } from "./writing-effort.ts";

useVirtualTime({ vi, beforeEach, afterEach });

afterEach(() => {
  vi.restoreAllMocks();
});

const share = (
  ...written: { bytes: number; copiedEntries?: number; isInRounds?: boolean; times?: number }[]
) => {
  const effort = new WritingEffort();
  for (const { bytes, copiedEntries = 0, isInRounds = true, times = 1 } of written)
    for (let time = 0; time < times; time += 1) effort.add(bytes, copiedEntries, isInRounds);
  return effort.takeShare();
};

test("all of it is saved where viewers share what is written, or nothing is written", () => {
  expect(share()).toBe(1);
  expect(share({ bytes: 30_000, times: 5_000 })).toBe(1);
  expect(share({ bytes: 0 })).toBe(1);
});

test("most of it is where pictures are copied, or left out for viewers that want sound alone", () => {
  expect(share({ bytes: 30_000, copiedEntries: 8 })).toBe(1);
  expect(share({ bytes: 1_600, copiedEntries: 8 })).toBeGreaterThan(0.9);
});

test("next to nothing is where a few viewers have many small messages copied, or left out, beside others", () => {
  const others = { bytes: 10_000, times: 50 };
  expect(share(others, { bytes: 26_000, copiedEntries: 2_000, times: 800 })).toBeLessThan(0.1);
  expect(share(others, { bytes: 0, copiedEntries: 2_000, times: 800 })).toBeLessThan(0.1);
});

test("nothing is of what waits for its turn besides the rounds", () => {
  expect(share({ bytes: 30_000, times: 32, isInRounds: false })).toBe(0);
  expect(share({ bytes: 30_000 }, { bytes: 30_000, isInRounds: false })).toBe(0.5);
});

test("what was told once does not count again", () => {
  const effort = new WritingEffort();
  effort.add(1, 0, false);
  expect([effort.takeShare(), effort.takeShare()]).toEqual([0, 1]);
});

/** Messages of five bytes, in chunks that have what they leave out from the keyframe before. */
function smallMessages(count: number): Uint8Array {
  const one = [0xc6, 0x27, 1, 0, 0, 0];
  return Uint8Array.from({ length: count * one.length }, (_, index) => one[index % one.length]!);
}

test.each([
  ["one that shares what others get counts as writing", [1], 1],
  ["one with four copies of small messages hardly does", [2, 3, 4, 5], 0.2],
  ["one that plays more streams than are written in rounds does not", [1, 2, 3, 4, 5], 0],
])("of viewers %s", (_, netStreamIds, most) => {
  const world = new TestGateway();
  const publisher = world.publisher();
  const viewer = world.connect();
  for (const netStreamId of netStreamIds) viewer.play("cam", { netStreamId });
  publisher.media("key", 0);
  world.pass(500);
  vi.spyOn(FanOut.prototype, "takeWritingMs").mockReturnValue(100);
  const observe = vi.spyOn(MergeWindow.prototype, "observe").mockImplementation(() => {});
  publisher.sendRaw(smallMessages(2_000));
  world.pass(500);
  const writingMs = observe.mock.calls.map(([, elapsedMs, writing]) => Math.round(elapsedMs * writing));
  expect(Math.min(...writingMs) / 100).toBeLessThanOrEqual(most);
  if (most === 1) expect(Math.min(...writingMs)).toBe(100);
});
