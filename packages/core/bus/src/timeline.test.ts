import { describe, expect, it } from "vitest";
import { MAX_SKEW_MS, MAX_STEP_MS, SETTLING_MS, Timeline } from "./timeline.ts";

const MAX = 2 ** 32;

/** A timeline whose first publisher's last frame had this timestamp and arrived at 10,000 ms. */
function afterPublisher(lastTimestamp: number): Timeline {
  const timeline = new Timeline();
  timeline.begin();
  timeline.frame("video", lastTimestamp, 10_000);
  timeline.begin();
  return timeline;
}

describe("timeline", () => {
  it("leaves the first publisher's timestamps as they are, whatever they do", () => {
    const timeline = new Timeline();
    timeline.begin();
    const timestamps = [1_234_567, 1_234_607, 1_234_600, 0, MAX - 1, 5];
    expect(timestamps.map((timestamp) => timeline.frame("video", timestamp, 0))).toEqual(timestamps);
    expect(timestamps.map((timestamp) => timeline.header(timestamp, 0))).toEqual(timestamps);
  });

  it("lets a second publisher go on where the first ended, by as much as has passed since", () => {
    const timeline = afterPublisher(60_000);
    expect([0, 40, 23, 80].map((timestamp) => timeline.frame("video", timestamp, 12_500))).toEqual([
      62_500, 62_540, 62_523, 62_580,
    ]);
  });

  it("steps on by a frame's time at least, so that a quick successor does not stand still", () => {
    expect(afterPublisher(60_000).frame("video", 0, 10_000)).toBe(60_040);
    expect(afterPublisher(60_000).frame("video", 0, 10_040.4)).toBe(60_040);
    expect(afterPublisher(60_000).frame("video", 0, 10_041)).toBe(60_041);
  });

  it("gives whole milliseconds", () => {
    expect(afterPublisher(60_000).frame("video", 0, 10_123.6)).toBe(60_124);
  });

  it("moves back a successor whose own clock is ahead", () => {
    const timeline = afterPublisher(60_000);
    expect([5_000_000, 5_000_040].map((timestamp) => timeline.frame("video", timestamp, 11_000))).toEqual([
      61_000, 61_040,
    ]);
  });

  it("continues a third publisher where the second one stood", () => {
    const timeline = afterPublisher(60_000);
    timeline.frame("video", 1_000_000, 11_000);
    timeline.begin();
    expect(timeline.frame("video", 7, 13_000)).toBe(63_000);
  });

  it("wraps at 2^32, in a publisher's time and from one to the next", () => {
    const timeline = afterPublisher(MAX - 100);
    expect([0, 40].map((timestamp) => timeline.frame("video", timestamp, 11_000))).toEqual([900, 940]);
    const other = afterPublisher(500);
    expect([MAX - 20, MAX - 1, 0, 20].map((timestamp) => other.frame("video", timestamp, 10_100))).toEqual([
      600, 619, 620, 640,
    ]);
  });

  it("takes no offset from headers at 0 before a successor's frames at 1,234,567", () => {
    const timeline = afterPublisher(60_000);
    expect(timeline.header(0, 11_000)).toBe(61_000);
    expect(timeline.header(0, 11_002)).toBe(61_002);
    expect(timeline.frame("video", 1_234_567, 11_010)).toBe(61_010);
    expect(timeline.frame("video", 1_234_607, 11_050)).toBe(61_050);
    expect(timeline.header(1_234_607, 11_050)).toBe(61_050);
  });

  it("goes on from the last frame, whatever headers a publisher without frames has sent", () => {
    const timeline = afterPublisher(60_000);
    timeline.header(0, 11_000);
    timeline.begin();
    expect(timeline.frame("video", 0, 12_000)).toBe(62_000);
  });

  it("has nothing to go on from as long as nobody has sent a frame", () => {
    const timeline = new Timeline();
    timeline.begin();
    timeline.header(0, 0);
    timeline.begin();
    expect(timeline.header(0, 5000)).toBe(0);
    expect(timeline.frame("video", 777, 5000)).toBe(777);
  });
});

describe("the timeline of a returning publisher", () => {
  /** Its predecessor's sound and pictures both ended at 60,000, and 100 ms have passed. */
  function returned(): Timeline {
    const timeline = new Timeline();
    timeline.begin();
    timeline.frame("video", 60_000, 10_000);
    timeline.frame("audio", 60_000, 10_000);
    timeline.begin();
    return timeline;
  }

  it("moves sound and pictures alike", () => {
    const timeline = returned();
    expect(timeline.frame("audio", 5020, 10_100)).toBe(60_100);
    expect(timeline.frame("video", 5000, 10_100)).toBe(60_080);
  });

  it("lets neither step back if the first sound is ahead of the first picture, and keeps them in step", () => {
    const timeline = returned();
    expect(timeline.frame("audio", 1000, 10_100)).toBe(60_100);
    expect(timeline.frame("video", 0, 10_100)).toBe(60_040);
    expect(timeline.frame("audio", 1023, 10_120)).toBe(61_063);
    expect(timeline.frame("video", 40, 10_140)).toBe(60_080);
    expect(timeline.header(1023, 10_140)).toBe(61_063);
  });

  it("lets neither step back if the first picture is ahead of the first sound", () => {
    const timeline = returned();
    expect(timeline.frame("video", 3000, 10_100)).toBe(60_100);
    expect(timeline.frame("audio", 0, 10_100)).toBe(60_040);
    expect(timeline.frame("video", 3040, 10_100)).toBe(63_080);
  });

  it.each(["audio", "video"] as const)(
    "does not jump by the wall clock because the first %s has time 0",
    (first) => {
      const other = first === "audio" ? "video" : "audio";
      const timeline = returned();
      expect(timeline.frame(first, 0, 10_100)).toBe(60_100);
      expect(timeline.frame(first, 1_700_000, 10_120)).toBe(60_140);
      expect(timeline.frame(other, 1_700_010, 10_130)).toBe(60_150);
      expect(timeline.frame(first, 1_700_040, 10_160)).toBe(60_180);
    },
  );

  it("does not if both have it", () => {
    const timeline = returned();
    timeline.frame("audio", 0, 10_100);
    expect(timeline.frame("video", 0, 10_100)).toBe(60_100);
    expect(timeline.frame("video", 1_700_000, 10_120)).toBe(60_140);
    expect(timeline.frame("audio", 1_700_000, 10_120)).toBe(60_140);
  });

  it("does not if the time falls to 0 after the first frame", () => {
    const timeline = returned();
    timeline.frame("audio", 1_700_000, 10_100);
    expect(timeline.frame("audio", 0, 10_120)).toBe(60_140);
  });

  it("takes sound and pictures that are far apart for two clocks, and a little less for one", () => {
    const far = returned();
    far.frame("audio", 1_700_000, 10_100);
    expect(far.frame("video", 0, 10_110)).toBe(60_140);
    expect(far.frame("audio", 1_700_023, 10_123)).toBe(60_123);
    const near = returned();
    near.frame("audio", 0, 10_100);
    expect(near.frame("video", MAX_SKEW_MS, 10_100)).toBe(60_100 + MAX_SKEW_MS);
    const farther = returned();
    farther.frame("audio", 0, 10_100);
    expect(farther.frame("video", MAX_SKEW_MS + 1, 10_100)).toBe(60_140);
  });

  it("follows a step as long as the time that has passed, and a little longer", () => {
    const timeline = returned();
    timeline.frame("video", 0, 10_100);
    expect(timeline.frame("video", 2000 + MAX_STEP_MS, 12_100)).toBe(62_100 + MAX_STEP_MS);
    expect(timeline.frame("video", 5001 + MAX_STEP_MS, 12_100)).toBe(62_140 + MAX_STEP_MS);
  });

  it("takes a file that comes at full speed as it is", () => {
    const timeline = returned();
    const frames = Array.from({ length: 500 }, (_, i) => timeline.frame("video", i * 40, 10_100));
    expect(frames.at(-1)).toBe(60_100 + 499 * 40);
  });

  it("takes every step as it is once the publisher has settled", () => {
    const timeline = returned();
    timeline.frame("video", 0, 10_100);
    expect(timeline.frame("video", 1_700_000, 10_100 + SETTLING_MS)).toBe(1_760_100);
  });

  it("gives a header without a time of its own that of the newest frame", () => {
    const timeline = returned();
    timeline.frame("video", 1_700_000, 10_100);
    expect(timeline.header(0, 10_110)).toBe(60_100);
  });
});
