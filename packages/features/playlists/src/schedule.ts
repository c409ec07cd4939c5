import type { ScheduledList } from "./config.ts";

/** The list that is on. */
export interface OnAir {
  readonly list: ScheduledList;
  /** Since when. Milliseconds since 1970. */
  readonly sinceMs: number;
}

/** The list whose time came last; of several with one time the last one written. Undefined if the time of none has come. */
export function onAirAt(schedule: readonly ScheduledList[], nowMs: number): OnAir | undefined {
  let onAir: OnAir | undefined;
  for (const list of schedule) {
    const sinceMs = list.at.last(nowMs);
    if (sinceMs !== undefined && sinceMs >= (onAir?.sinceMs ?? sinceMs)) onAir = { list, sinceMs };
  }
  return onAir;
}

/** When another list takes over, or the same one anew; infinite if none does. */
export function nextChangeMs(schedule: readonly ScheduledList[], nowMs: number): number {
  return Math.min(...schedule.map(({ at }) => at.next(nowMs)), Number.POSITIVE_INFINITY);
}
