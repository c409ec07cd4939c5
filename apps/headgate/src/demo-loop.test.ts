import { readFileSync } from "node:fs";
import type { FlvTag } from "@headgate/flv";
import { expect, test } from "vitest";
import { DEMO_CLIP, DEMO_PERIOD_MS } from "./demo.ts";
import { DemoLoop, readClip } from "./demo-loop.ts";

const SCRIPT = { type: 18, timestamp: 0, payload: Uint8Array.of(2, 0, 0) };
const SEQUENCE_HEADER = { type: 9, timestamp: 0, payload: Uint8Array.of(0x17, 0, 0, 0, 0) };
const KEYFRAME = { type: 9, timestamp: 0, payload: Uint8Array.of(0x17, 1, 0, 0, 0) };
const FRAME = { type: 9, timestamp: 40, payload: Uint8Array.of(0x27, 1, 0, 0, 0) };

function take(loop: DemoLoop, count: number): FlvTag[] {
  return Array.from({ length: count }, () => loop.take());
}

test("a loop repeats its frames with timestamps that run on, and says its headers once", () => {
  const loop = new DemoLoop([SCRIPT, SEQUENCE_HEADER, KEYFRAME, FRAME], 80);
  expect(take(loop, 8)).toEqual([
    SCRIPT,
    SEQUENCE_HEADER,
    KEYFRAME,
    FRAME,
    { ...KEYFRAME, timestamp: 80 },
    { ...FRAME, timestamp: 120 },
    { ...KEYFRAME, timestamp: 160 },
    { ...FRAME, timestamp: 200 },
  ]);
  expect(loop.dueMs).toBe(240);
});

test("timestamps wrap at 32 bits while the due time runs on", () => {
  const loop = new DemoLoop([KEYFRAME], 2 ** 31);
  expect(take(loop, 4).map(({ timestamp }) => timestamp)).toEqual([0, 2 ** 31, 0, 2 ** 31]);
  expect(loop.dueMs).toBe(4 * 2 ** 31);
});

test("the demo clip starts with its headers and a keyframe, and ends where it can start again", () => {
  const clip = readClip(readFileSync(DEMO_CLIP));
  const loop = new DemoLoop(clip, DEMO_PERIOD_MS);
  const timestamps = take(loop, 2 * clip.length).map(({ timestamp }) => timestamp);
  const steps = timestamps.slice(1).map((timestamp, index) => timestamp - timestamps[index]!);
  expect(Math.min(...steps)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...steps)).toBeLessThanOrEqual(33);
});
