import { expect, test } from "vitest";
import { readMark } from "./mark.ts";
import {
  AUDIO,
  AUDIO_MARK_AT,
  bytesPerSecond,
  configurationsOf,
  SyntheticMedia,
  VIDEO,
  VIDEO_MARK_AT,
} from "./synthetic-media.ts";

test("a second of it has the requested frames, sounds and bits", () => {
  const media = new SyntheticMedia({ bitrate: 2_500_000, framesPerSecond: 30, keyframeSeconds: 1 });
  const messages = [...media.due(999)];
  const video = messages.filter(({ type }) => type === VIDEO);
  expect([video.length, messages.length - video.length]).toEqual([30, 47]);
  const bits = 8 * video.reduce((sum, { payload }) => sum + payload.length, 0);
  expect(bits).toBeGreaterThan(2_490_000);
  expect(bits).toBeLessThan(2_510_000);
  expect(video.map(({ payload }) => payload[0])).toEqual([0x17, ...Array(29).fill(0x27)]);
});

test("a frame is one NAL unit with its length in front", () => {
  const media = new SyntheticMedia({ bitrate: 1_000_000, framesPerSecond: 30, keyframeSeconds: 1 });
  const frames = [...media.due(40)].filter(({ type }) => type === VIDEO).map(({ payload }) => payload);
  expect(frames.map((payload) => payload[9]! & 31)).toEqual([5, 1]);
  for (const payload of frames) expect(Buffer.from(payload).readUInt32BE(5)).toBe(payload.length - 9);
});

test("sound alone has no frames, and as many bits as were asked for", () => {
  const options = { bitrate: 0, soundBitrate: 64_000, framesPerSecond: 30, keyframeSeconds: 2 };
  const messages = [...configurationsOf(options), ...new SyntheticMedia(options).due(999)];
  expect(new Set(messages.map(({ type }) => type))).toEqual(new Set([AUDIO]));
  const bytes = messages.reduce((sum, { payload }) => sum + payload.length, 0);
  expect(Math.abs(bytes - bytesPerSecond(options))).toBeLessThan(100);
});

test("every message says which it is", () => {
  const media = new SyntheticMedia({ bitrate: 100_000, framesPerSecond: 10, keyframeSeconds: 2 });
  const messages = [...media.due(100), ...media.due(300)];
  for (const [kind, at] of [
    [VIDEO, VIDEO_MARK_AT],
    [AUDIO, AUDIO_MARK_AT],
  ] as const) {
    const marks = messages.filter(({ type }) => type === kind).map(({ payload }) => readMark(payload, at));
    expect(marks.map((mark) => mark?.sequence)).toEqual(marks.map((_, index) => index));
  }
});
