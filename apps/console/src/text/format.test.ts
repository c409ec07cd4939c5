import { expect, test } from "vitest";
import {
  bitrate,
  byName,
  bytes,
  clock,
  count,
  duration,
  milliseconds,
  printable,
  UNKNOWN,
} from "./format.ts";

test.each([
  [null, UNKNOWN],
  [0, "0 kb/s"],
  [999.4, "999 kb/s"],
  [2_500, "2.50 Mb/s"],
  [25_400, "25.4 Mb/s"],
  [1_250_000, "1.25 Gb/s"],
])("%s kilobits a second are %s", (kbps, text) => expect(bitrate(kbps)).toBe(text));

test.each([
  [undefined, UNKNOWN],
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1.00 kB"],
  [123_456_789, "123 MB"],
  [5e15, "5000 TB"],
])("%s bytes are %s", (number, text) => expect(bytes(number)).toBe(text));

test.each([
  [0.4, "0 ms"],
  [9_999, "9999 ms"],
  [61_000, "1 min 1 s"],
])("%s milliseconds are %s", (ms, text) => expect(milliseconds(ms)).toBe(text));

test.each([
  [0, "0 s"],
  [59.9, "59 s"],
  [60, "1 min"],
  [599, "9 min 59 s"],
  [3_599, "59 min"],
  [3_600, "1 h"],
  [90_000, "1 d 1 h"],
  [null, UNKNOWN],
])("%s seconds are %s", (seconds, text) => expect(duration(seconds)).toBe(text));

test("long numbers have groups", () => {
  expect(count(1_234_567)).toBe("1\u202f234\u202f567");
});

test("a time of another day has its date", () => {
  const now = new Date(2026, 11, 1, 12);
  expect(clock(new Date(2026, 11, 1, 9, 5, 7).getTime(), now)).toBe("09:05:07");
  expect(clock(new Date(2026, 10, 30, 23, 0, 0).getTime(), now)).toBe("2026-11-30 23:00:00");
});

test("names cannot change how the page reads", () => {
  expect(printable("cam\u202e\u0007\u2028ü日")).toBe("cam\\u202e\\u0007\\u2028ü日");
});

test("the most come first, and none is none", () => {
  expect(byName({ rtmpt: 2, rtmp: 1_200, https: 0 })).toBe("rtmp 1\u202f200 · rtmpt 2");
  expect(byName({})).toBe("none");
});
