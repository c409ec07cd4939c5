import { Guard } from "@headgate/transport";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ExpiryWatch } from "./certificate-expiry.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Line {
  readonly msg: string;
  readonly certificate: string;
  readonly daysLeft?: number;
}

let lines: Line[];
let expiresMs: number;
let watch: ExpiryWatch;

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-01-01") });
  lines = [];
  expiresMs = Date.now() + 20 * DAY_MS;
  const log = pino({}, { write: (line) => lines.push(JSON.parse(line)) });
  watch = new ExpiryWatch(
    () => [
      { file: "a.crt", expiresMs },
      { file: "b.crt", expiresMs: Number.MAX_SAFE_INTEGER },
    ],
    log,
    new Guard({ report: () => {}, unrecoverable: () => {} }, "task", () => {}),
  );
  watch.check();
});

afterEach(() => {
  watch.close();
  vi.useRealTimers();
});

test("a certificate is told of once a day from 14 days before it expires, and when it has", () => {
  vi.advanceTimersByTime(6 * DAY_MS - HOUR_MS);
  expect(lines).toEqual([]);
  vi.advanceTimersByTime(14 * DAY_MS);
  expect(lines.map(({ daysLeft }) => daysLeft)).toEqual([14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  expect(lines[0]).toMatchObject({ msg: "certificate expires soon", certificate: "a.crt" });
  lines = [];
  vi.advanceTimersByTime(2 * HOUR_MS);
  expect(lines).toMatchObject([{ level: 50, msg: "certificate expired; clients refuse it" }]);
  vi.advanceTimersByTime(3 * DAY_MS);
  expect(lines).toHaveLength(4);
});

test("a renewed one is told of no more", () => {
  vi.advanceTimersByTime(7 * DAY_MS);
  const { length } = lines;
  expiresMs += 90 * DAY_MS;
  watch.check();
  vi.advanceTimersByTime(30 * DAY_MS);
  expect(lines).toHaveLength(length);
});

test("a date that jumps is looked at as it is", () => {
  vi.setSystemTime(new Date("2028-01-01"));
  vi.advanceTimersByTime(HOUR_MS);
  expect(lines).toMatchObject([{ msg: "certificate expired; clients refuse it" }]);
});
