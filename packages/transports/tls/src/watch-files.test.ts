import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fileNamed } from "./certificates.test.helper.ts";
import { watchFiles } from "./watch-files.ts";

const INTERVAL_MS = 1_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a change is told once, and only when the files have been left alone for an interval", () => {
  const [cert, key] = [fileNamed("watched.crt"), fileNamed("watched.key")];
  for (const file of [cert, key]) writeFileSync(file, "old");
  const onChange = vi.fn();
  const unwatch = watchFiles([cert, key], onChange, INTERVAL_MS);
  vi.advanceTimersByTime(5 * INTERVAL_MS);
  expect(onChange).not.toHaveBeenCalled();
  writeFileSync(cert, "new cert");
  vi.advanceTimersByTime(INTERVAL_MS);
  writeFileSync(key, "new key");
  vi.advanceTimersByTime(INTERVAL_MS);
  expect(onChange).not.toHaveBeenCalled();
  vi.advanceTimersByTime(5 * INTERVAL_MS);
  expect(onChange).toHaveBeenCalledTimes(1);
  unwatch();
  writeFileSync(cert, "newer cert");
  vi.advanceTimersByTime(5 * INTERVAL_MS);
  expect(onChange).toHaveBeenCalledTimes(1);
});

test("a file that goes and comes back, or changes behind a symbolic link, has changed", () => {
  const [first, second, link] = [fileNamed("first"), fileNamed("second"), fileNamed("link")];
  for (const folder of [first, second]) mkdirSync(folder);
  writeFileSync(`${first}/cert`, "1");
  writeFileSync(`${second}/cert`, "22");
  symlinkSync(first, link);
  const onChange = vi.fn();
  const unwatch = watchFiles([`${link}/cert`], onChange, INTERVAL_MS);
  symlinkSync(second, `${link}-new`);
  renameSync(`${link}-new`, link);
  vi.advanceTimersByTime(2 * INTERVAL_MS);
  expect(onChange).toHaveBeenCalledTimes(1);
  rmSync(`${second}/cert`);
  vi.advanceTimersByTime(2 * INTERVAL_MS);
  expect(onChange).toHaveBeenCalledTimes(2);
  unwatch();
});
