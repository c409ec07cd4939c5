import { expect, test } from "vitest";
import { NamePattern } from "./recording-name.ts";

const STARTED_MS = Date.UTC(2026, 10, 29, 14, 5, 6, 7);

function pathOf(pattern: string, stream: string, application = "live"): string | undefined {
  return NamePattern.parse(pattern)?.pathOf({ application, stream, startedMs: STARTED_MS });
}

test("a pattern is filled in with names and the time in UTC", () => {
  expect(pathOf("{app}/{stream}/%Y-%m-%d/%H-%M-%S", "cam")).toBe("live/cam/2026-11-29/14-05-06");
  expect(pathOf("archive/{stream}-%s.%f", "cam")).toBe("archive/cam-1795961106.007");
});

test("levels of names are folders", () => {
  expect(pathOf("{app}/{stream}", "room/cam", "live/east")).toBe("live/east/room/cam");
});

test.each([
  "/{stream}",
  "{stream}/",
  "../{stream}",
  "a/../b",
  "a//b",
  ".",
  "a\\b",
  "a\nb",
  "{key}",
  "%Q",
  "100%",
  "{",
  "",
])("the pattern %j is refused", (pattern) => {
  expect(NamePattern.parse(pattern)).toBeUndefined();
});

test.each([
  ["..", "%2E."],
  ["../../etc/passwd", "%2E./%2E./etc/passwd"],
  [".hidden", "%2Ehidden"],
  ["a\u0000b\u202ec", "a%00b%E2%80%AEc"],
  ["100%", "100%25"],
  ["C:\\x|?", "C%3A%5Cx%7C%3F"],
  ["a//b", "a/_/b"],
  ["\ud800", "\ufffd"],
])("a stream called %j is named %j", (stream, path) => {
  expect(pathOf("{stream}", stream)).toBe(path);
});

test("long names are cut, and stay unlike each other", () => {
  const one = pathOf("{stream}", `${"ä".repeat(300)}1`)!;
  const other = pathOf("{stream}", `${"ä".repeat(300)}2`)!;
  expect(Buffer.byteLength(one)).toBeLessThanOrEqual(200);
  expect(one).not.toBe(other);
});
