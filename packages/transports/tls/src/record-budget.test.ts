import { expect, test } from "vitest";
import { MAX_BYTES_BEYOND_CONTENT, RecordBudget } from "./record-budget.ts";

const KEY_UPDATE = 27;

test("a burst of KeyUpdates is allowed, and a flood is not", () => {
  const budget = new RecordBudget(5_000, 0, 0);
  const allowed = Math.floor(MAX_BYTES_BEYOND_CONTENT / KEY_UPDATE);
  expect(budget.spend(5_000 + allowed * KEY_UPDATE, 0, 0)).toBe(true);
  expect(budget.spend(5_000 + (allowed + 1) * KEY_UPDATE, 0, 0)).toBe(false);
});

test("the budget comes back with time, up to its maximum", () => {
  const budget = new RecordBudget(0, 0, 0);
  let received = MAX_BYTES_BEYOND_CONTENT;
  expect(budget.spend(received, 0, 0)).toBe(true);
  received += 16 * 1024;
  expect(budget.spend(received, 0, 1_000)).toBe(true);
  received += MAX_BYTES_BEYOND_CONTENT + 1;
  expect(budget.spend(received, 0, 3_600_000)).toBe(false);
});

test("a player that pads its acknowledgements to 4 KiB stays for hours", () => {
  const budget = new RecordBudget(0, 0, 0);
  for (let sent = 1; sent <= 4 * 3_600; sent += 1) {
    expect(budget.spend(sent * 4_118, sent * 16, sent * 250)).toBe(true);
  }
});

test("content pays for its records, also byte by byte", () => {
  const budget = new RecordBudget(0, 0, 0);
  expect(budget.spend(30_000_000, 1_000_000, 0)).toBe(true);
  expect(budget.spend(30_000_000 + 4_000_000_000, 4_001_000_000, 0)).toBe(true);
});
