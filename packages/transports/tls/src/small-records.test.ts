import { expect, it } from "vitest";
import { SMALL_RECORDS_PER_SECOND, SmallRecords } from "./small-records.ts";

it("may be so many at once, and so many in each second", () => {
  const records = new SmallRecords(0);
  for (let count = 0; count < SMALL_RECORDS_PER_SECOND; count += 1) expect(records.take(0)).toBe(true);
  expect(records.take(0)).toBe(false);
});

it("may go on for ever at the rate of an encoder", () => {
  const records = new SmallRecords(0);
  for (let ms = 0; ms < 60_000; ms += 2) expect(records.take(ms)).toBe(true);
});

it("may be no more at once after a long silence", () => {
  const records = new SmallRecords(0);
  const taken = Array.from({ length: 2 * SMALL_RECORDS_PER_SECOND }, () => records.take(3_600_000));
  expect(taken.filter(Boolean).length).toBe(SMALL_RECORDS_PER_SECOND);
});
