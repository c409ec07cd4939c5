import { describe, expect, test } from "vitest";
import { FileClock } from "./file-clock.ts";

function videoTimes(timestamps: readonly number[]): number[] {
  const clock = new FileClock();
  return timestamps.map((timestamp) => clock.frame("video", timestamp));
}

describe("the clock of a file", () => {
  test("begins with 0 at the first frame, and keeps what is before it at 0", () => {
    const clock = new FileClock();
    expect(clock.other(5_000)).toBe(0);
    expect(clock.frame("audio", 83_000)).toBe(0);
    expect(clock.other(0)).toBe(0);
    expect(clock.frame("audio", 83_020)).toBe(20);
    expect(clock.other(83_030)).toBe(30);
    expect(clock.endMs).toBe(40);
  });

  test.each([
    ["runs on", [0, 40, 80], [0, 40, 80]],
    ["wraps after 2^32", [0xffffffe0, 8, 48], [0, 40, 80]],
    ["wraps after 2^24, as old encoders do", [0xffffd8, 0, 40], [0, 40, 80]],
    ["begins anew", [100_000, 100_040, 0, 40], [0, 40, 80, 120]],
    ["jumps for one damaged tag", [0, 40, 0x7fff0000, 120], [0, 40, 80, 120]],
    ["has a gap of an hour", [0, 3_600_000, 3_600_040], [0, 3_600_000, 3_600_040]],
    ["steps back a little", [0, 80, 40, 120], [0, 80, 40, 120]],
  ])("%s", (_, timestamps, times) => {
    expect(videoTimes(timestamps)).toEqual(times);
  });

  test("keeps sound and pictures in step if one begins earlier, before the other or behind it in the file", () => {
    const clock = new FileClock();
    expect([clock.frame("video", 1000), clock.frame("audio", 2500)]).toEqual([0, 1500]);
    expect([clock.frame("video", 1040), clock.frame("audio", 2520)]).toEqual([40, 1520]);
    const other = new FileClock();
    expect([other.frame("audio", 2500), other.frame("video", 1000)]).toEqual([0, 0]);
    expect([other.frame("video", 2520), other.frame("audio", 2520)]).toEqual([20, 20]);
  });

  test("moves both tracks alike when a clock begins anew, also if one track is late", () => {
    const clock = new FileClock();
    clock.frame("video", 60_000);
    clock.frame("audio", 60_000);
    expect(clock.frame("video", 0)).toBe(40);
    expect(clock.frame("audio", 60_020)).toBe(20);
    expect(clock.frame("audio", 0)).toBe(40);
    expect(clock.frame("video", 40)).toBe(80);
  });

  test("goes on behind its end, or a gap later, for another publisher", () => {
    const clock = new FileClock();
    clock.frame("audio", 0);
    clock.frame("audio", 20);
    clock.restart(0);
    expect(clock.other(7)).toBe(40);
    expect([clock.frame("audio", 9_999_999), clock.frame("audio", 9_999_980)]).toEqual([40, 40]);
    const { endMs } = clock;
    clock.restart(5000);
    expect(clock.frame("audio", 0)).toBe(endMs + 5000);
  });

  test("has times within 32 bits, whatever the timestamps do", () => {
    const clock = new FileClock();
    for (let i = 0; i < 1000; i += 1) clock.frame("video", (i * 24 * 3_600_000) >>> 0);
    expect(clock.endMs).toBe(0xffffffff);
  });
});
