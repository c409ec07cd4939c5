import { describe, expect, test } from "vitest";
import type { ScheduledList } from "./config.ts";
import { nextChangeMs, onAirAt } from "./schedule.ts";
import { ScheduleTime } from "./schedule-time.ts";

const at = (moment: string): number => Date.parse(moment);

function scheduleOf(...times: readonly string[]): readonly ScheduledList[] {
  return times.map((time) => ({ at: ScheduleTime.parse(time)!, loop: false, items: [] }));
}

/** The time by which the list that is on was written, and since when it is. */
function onAir(times: readonly string[], moment: string): readonly [string, string] | undefined {
  const found = onAirAt(scheduleOf(...times), at(moment));
  return found && [String(found.list.at), new Date(found.sinceMs).toISOString()];
}

describe("a time of a schedule", () => {
  test.each(["20:00", "00:00", "23:59:59", "2026-12-24T18:00Z", "2026-12-24T18:00:00.5+01:00"])(
    "may be %s",
    (written) => {
      expect(String(ScheduleTime.parse(written))).toBe(written);
    },
  );

  test.each([
    "24:00",
    "8:00",
    "20:60",
    "2026-12-24",
    "2026-12-24T18:00:00",
    "2026-13-24T18:00Z",
    "now",
    "",
    1200,
    null,
  ])("cannot be %s", (written) => {
    expect(ScheduleTime.parse(written)).toBeUndefined();
  });
});

describe("the list of a schedule that is on", () => {
  test("is the one whose time came last, whatever their order is", () => {
    const times = ["2026-12-24T18:00:00Z", "2026-12-24T12:00:00Z"];
    expect(onAir(times, "2026-12-24T11:59:59Z")).toBeUndefined();
    expect(onAir(times, "2026-12-24T12:00:00Z")?.[0]).toBe(times[1]);
    expect(onAir(times, "2026-12-24T18:00:00Z")?.[0]).toBe(times[0]);
    expect(onAir(times, "2027-01-01T00:00:00Z")?.[0]).toBe(times[0]);
  });

  test("is yesterday's until the first time of the day", () => {
    const times = ["06:00", "20:00"];
    expect(onAir(times, "2026-12-24T05:59:59Z")).toEqual(["20:00", "2026-12-23T20:00:00.000Z"]);
    expect(onAir(times, "2026-12-24T06:00:00Z")).toEqual(["06:00", "2026-12-24T06:00:00.000Z"]);
    expect(onAir(times, "2026-12-24T23:00:00Z")).toEqual(["20:00", "2026-12-24T20:00:00.000Z"]);
  });

  test("gives way to a moment of the same time that is written behind it, and comes back on the next day", () => {
    const times = ["20:00", "2026-12-24T20:00:00Z"];
    expect(onAir(times, "2026-12-24T20:00:00Z")?.[0]).toBe(times[1]);
    expect(onAir(times, "2026-12-25T19:59:59Z")?.[0]).toBe(times[1]);
    expect(onAir(times, "2026-12-25T20:00:00Z")?.[0]).toBe(times[0]);
  });
});

describe("the next change of a schedule", () => {
  test("is the first of all times to come, on the next day if it is daily", () => {
    const schedule = scheduleOf("06:00", "20:00", "2026-12-24T18:00:00Z");
    const next = (moment: string) => new Date(nextChangeMs(schedule, at(moment))).toISOString();
    expect(next("2026-12-24T06:00:00Z")).toBe("2026-12-24T18:00:00.000Z");
    expect(next("2026-12-24T18:00:00Z")).toBe("2026-12-24T20:00:00.000Z");
    expect(next("2026-12-24T20:00:00Z")).toBe("2026-12-25T06:00:00.000Z");
  });

  test("never comes if all of its moments are past", () => {
    expect(nextChangeMs(scheduleOf("2026-12-24T18:00:00Z"), at("2026-12-25T00:00:00Z"))).toBe(
      Number.POSITIVE_INFINITY,
    );
  });
});
