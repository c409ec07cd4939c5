import { DAY } from "@headgate/config";

const OF_DAY = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/** When a list takes over: at one moment, or each day at a time of the day in UTC. */
export class ScheduleTime {
  readonly written: string;
  readonly isDaily: boolean;
  /** Of the moment, since 1970; or since midnight. Milliseconds. */
  readonly timeMs: number;

  private constructor(written: string, isDaily: boolean, timeMs: number) {
    this.written = written;
    this.isDaily = isDaily;
    this.timeMs = timeMs;
  }

  /** Undefined for what is neither. */
  static parse(written: unknown): ScheduleTime | undefined {
    if (typeof written !== "string") return undefined;
    const [, hours, minutes, seconds = "0"] = OF_DAY.exec(written) ?? [];
    if (hours !== undefined) {
      const ofDay = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
      return new ScheduleTime(written, true, ofDay * 1_000);
    }
    const timeMs = MOMENT.test(written) ? Date.parse(written) : Number.NaN;
    return Number.isNaN(timeMs) ? undefined : new ScheduleTime(written, false, timeMs);
  }

  /** When it came last, now included; undefined if it has not come yet. Milliseconds since 1970. */
  last(nowMs: number): number | undefined {
    if (this.isDaily) return Math.floor((nowMs - this.timeMs) / DAY) * DAY + this.timeMs;
    return this.timeMs <= nowMs ? this.timeMs : undefined;
  }

  /** When it comes next; infinite if it does not. */
  next(nowMs: number): number {
    if (this.isDaily) return this.last(nowMs)! + DAY;
    return this.timeMs > nowMs ? this.timeMs : Number.POSITIVE_INFINITY;
  }

  toString(): string {
    return this.written;
  }
}
