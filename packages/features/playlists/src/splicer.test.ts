import { describe, expect, test } from "vitest";
import { type Medium, Splicer } from "./splicer.ts";

/** Sends an item; returns where its frames are in the playlist. */
function send(splicer: Splicer, frames: readonly (readonly [Medium, number])[]): readonly number[] {
  splicer.begin();
  return frames.map(([medium, timestamp]) => {
    const atMs = splicer.at(timestamp);
    splicer.frame(medium, atMs);
    return atMs;
  });
}

const video = (...timestamps: readonly number[]) =>
  timestamps.map((timestamp): [Medium, number] => ["video", timestamp]);

describe("an item of a playlist", () => {
  test("begins one frame after the last one, whatever its own time is", () => {
    const splicer = new Splicer();
    expect(send(splicer, video(5_000, 5_033, 5_067))).toEqual([0, 33, 67]);
    expect(send(splicer, video(0, 40, 80))).toEqual([100, 140, 180]);
    expect(send(splicer, video(7, 47))).toEqual([220, 260]);
    expect(splicer.endMs).toBe(300);
  });

  test("begins after the track that has come furthest", () => {
    const splicer = new Splicer();
    send(splicer, [...video(0, 40, 80), ["audio", 0], ["audio", 21], ["audio", 200]]);
    expect(splicer.endMs).toBe(221);
  });

  test("of one frame is as long as a usual frame", () => {
    const splicer = new Splicer();
    send(splicer, video(1_000));
    expect(splicer.endMs).toBe(40);
  });

  test("that sent nothing takes no time", () => {
    const splicer = new Splicer();
    send(splicer, video(0, 40));
    send(splicer, []);
    expect([splicer.beginMs, splicer.endMs]).toEqual([80, 80]);
  });

  test("keeps its sound and its pictures in step", () => {
    const splicer = new Splicer();
    send(splicer, video(0, 40));
    expect(send(splicer, [...video(1_000), ["audio", 990], ["audio", 1_011]])).toEqual([80, 70, 91]);
  });

  test("is not shown before the last picture, where that was cut off from the ones before it", () => {
    const splicer = new Splicer();
    splicer.begin();
    for (const [timestamp, compositionMs] of [
      [0, 80],
      [40, 160],
      [80, 40],
    ] as const)
      splicer.frame("video", splicer.at(timestamp), compositionMs);
    splicer.begin();
    splicer.showFirst(80);
    expect(splicer.at(5_000)).toBe(160);
    splicer.frame("video", 160, 80);
    splicer.begin();
    splicer.showFirst(80);
    expect(splicer.at(0)).toBe(200);
  });

  test("may have timestamps that begin again at 0 after 2^32", () => {
    const splicer = new Splicer();
    expect(send(splicer, video(0xffffffe0, 0xfffffff8, 16))).toEqual([0, 24, 48]);
    const days = 30 * 86_400_000;
    const hours = Array.from({ length: 30 }, (_, day) => (day * 86_400_000) >>> 0);
    expect(send(splicer, video(...hours, days >>> 0)).at(-1)).toBe(72 + days);
    expect(send(splicer, video(...hours, days >>> 0)).at(-1)).toBeGreaterThan(2 ** 32);
  });
});
