import { expect, test } from "vitest";
import { judgeConditions, mayBeParted, validatorsOf } from "./validators.ts";

const NOW = Date.UTC(2026, 10, 29, 14);
const HOUR_MS = 3_600_000;
const settled = validatorsOf({ bytes: 1_000, modifiedMs: NOW - HOUR_MS + 0.25 }, "", NOW);
const growing = validatorsOf({ bytes: 1_000, modifiedMs: NOW - 500 }, "", NOW);
const MODIFIED = "Sun, 29 Nov 2026 13:00:00 GMT";
const BEFORE = "Sun, 29 Nov 2026 12:59:59 GMT";

test("a version has a tag of its own, which is weak while the file may grow", () => {
  expect(settled).toMatchObject({ etag: expect.stringMatching(/^"[0-9a-f]+-3e8"$/), areStrong: true });
  expect(growing).toMatchObject({ etag: expect.stringMatching(/^W\/"/), areStrong: false });
  expect(new Date(settled.lastModifiedMs).toUTCString()).toBe(MODIFIED);
  const tags = new Set(
    [
      validatorsOf({ bytes: 1_000, modifiedMs: 1 }, "", NOW),
      validatorsOf({ bytes: 1_001, modifiedMs: 1 }, "", NOW),
      validatorsOf({ bytes: 1_000, modifiedMs: 2 }, "", NOW),
      validatorsOf({ bytes: 1_000, modifiedMs: 1 }, "@2000", NOW),
    ].map(({ etag }) => etag),
  );
  expect(tags.size).toBe(4);
});

test("a clock that is behind the file's does not tell a time to come", () => {
  expect(validatorsOf({ bytes: 1, modifiedMs: NOW + HOUR_MS }, "", NOW).lastModifiedMs).toBe(NOW);
});

test.each([
  [{ "if-none-match": settled.etag }, 304],
  [{ "if-none-match": `"other", W/${settled.etag}` }, 304],
  [{ "if-none-match": "*" }, 304],
  [{ "if-none-match": '"other"' }, undefined],
  [{ "if-none-match": '"other"', "if-modified-since": MODIFIED }, undefined],
  [{ "if-modified-since": MODIFIED }, 304],
  [{ "if-modified-since": BEFORE }, undefined],
  [{ "if-modified-since": "yesterday" }, undefined],
  [{ "if-match": settled.etag }, undefined],
  [{ "if-match": "*" }, undefined],
  [{ "if-match": '"other"' }, 412],
  [{ "if-match": `W/${settled.etag}` }, 412],
  [{ "if-unmodified-since": MODIFIED }, undefined],
  [{ "if-unmodified-since": BEFORE }, 412],
  [{ "if-unmodified-since": "yesterday" }, undefined],
  [{}, undefined],
])("with %j the status is %s", (headers, status) => {
  expect(judgeConditions(headers, settled)).toBe(status);
});

test("a part goes to whom has another part of the same", () => {
  expect(mayBeParted(undefined, settled)).toBe(true);
  expect(mayBeParted(settled.etag, settled)).toBe(true);
  expect(mayBeParted(MODIFIED, settled)).toBe(true);
  for (const other of ['"other"', `W/${settled.etag}`, BEFORE, "yesterday", ""])
    expect(mayBeParted(other, settled)).toBe(false);
  expect(mayBeParted(undefined, growing)).toBe(true);
  expect(mayBeParted(growing.etag, growing)).toBe(false);
});
