import { describe, expect, it } from "vitest";
import { Timeline } from "./timeline.ts";

const MAX = 2 ** 32;

/** A timeline whose first publisher's last frame had this timestamp and arrived at 10,000 ms. */
function afterPublisher(lastTimestamp: number): Timeline {
  const timeline = new Timeline();
  timeline.begin();
  timeline.frame(lastTimestamp, 10_000);
  timeline.begin();
  return timeline;
}

describe("timeline", () => {
  it("leaves the first publisher's timestamps as they are, whatever they do", () => {
    const timeline = new Timeline();
    timeline.begin();
    const timestamps = [1_234_567, 1_234_607, 1_234_600, 0, MAX - 1, 5];
    expect(timestamps.map((timestamp) => timeline.frame(timestamp, 0))).toEqual(timestamps);
    expect(timestamps.map((timestamp) => timeline.header(timestamp, 0))).toEqual(timestamps);
  });

  it("lets a second publisher go on where the first ended, by as much as has passed since", () => {
    const timeline = afterPublisher(60_000);
    expect([0, 40, 23, 80].map((timestamp) => timeline.frame(timestamp, 12_500))).toEqual([
      62_500, 62_540, 62_523, 62_580,
    ]);
  });

  it("steps on by a frame's time at least, so that a quick successor does not stand still", () => {
    expect(afterPublisher(60_000).frame(0, 10_000)).toBe(60_040);
    expect(afterPublisher(60_000).frame(0, 10_040.4)).toBe(60_040);
    expect(afterPublisher(60_000).frame(0, 10_041)).toBe(60_041);
  });

  it("gives whole milliseconds", () => {
    expect(afterPublisher(60_000).frame(0, 10_123.6)).toBe(60_124);
  });

  it("moves back a successor whose own clock is ahead", () => {
    const timeline = afterPublisher(60_000);
    expect([5_000_000, 5_000_040].map((timestamp) => timeline.frame(timestamp, 11_000))).toEqual([
      61_000, 61_040,
    ]);
  });

  it("continues a third publisher where the second one stood", () => {
    const timeline = afterPublisher(60_000);
    timeline.frame(1_000_000, 11_000);
    timeline.begin();
    expect(timeline.frame(7, 13_000)).toBe(63_000);
  });

  it("wraps at 2^32, in a publisher's time and from one to the next", () => {
    const timeline = afterPublisher(MAX - 100);
    expect([0, 40].map((timestamp) => timeline.frame(timestamp, 11_000))).toEqual([900, 940]);
    const other = afterPublisher(500);
    expect([MAX - 20, MAX - 1, 0, 20].map((timestamp) => other.frame(timestamp, 10_100))).toEqual([
      600, 619, 620, 640,
    ]);
  });

  it("takes no offset from headers at 0 before a successor's frames at 1,234,567", () => {
    const timeline = afterPublisher(60_000);
    expect(timeline.header(0, 11_000)).toBe(61_000);
    expect(timeline.header(0, 11_002)).toBe(61_002);
    expect(timeline.frame(1_234_567, 11_010)).toBe(61_010);
    expect(timeline.frame(1_234_607, 11_050)).toBe(61_050);
    expect(timeline.header(1_234_607, 11_050)).toBe(61_050);
  });

  it("goes on from the last frame, whatever headers a publisher without frames has sent", () => {
    const timeline = afterPublisher(60_000);
    timeline.header(0, 11_000);
    timeline.begin();
    expect(timeline.frame(0, 12_000)).toBe(62_000);
  });

  it("has nothing to go on from as long as nobody has sent a frame", () => {
    const timeline = new Timeline();
    timeline.begin();
    timeline.header(0, 0);
    timeline.begin();
    expect(timeline.header(0, 5000)).toBe(0);
    expect(timeline.frame(777, 5000)).toBe(777);
  });
});
