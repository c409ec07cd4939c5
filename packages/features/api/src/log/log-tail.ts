import { randomBytes } from "node:crypto";
import type { LogLineReply, LogReply } from "./log-reply.ts";

/** An hour of a server that is well, and what has just happened on one that is not. With their length at most 2 MB a process. */
const MAX_KEPT_LINES = 1_000;

/** Longer lines list many things, such as every key of a reload; they keep their message and lose the rest. Characters. */
const MAX_KEPT_LENGTH = 2_000;

/** The newest lines of a process's log, as they were written: without secrets, and no more of them than the log has. */
export class LogTail {
  /** Another one after a restart, whose numbers begin again. */
  readonly #run = randomBytes(4).toString("hex");
  readonly #lines: string[] = [];
  /** The number of the next line. */
  #next = 0;

  /** Takes a line in JSON. */
  add(line: string): void {
    this.#lines[this.#next % MAX_KEPT_LINES] = line.length > MAX_KEPT_LENGTH ? withoutFields(line) : line;
    this.#next += 1;
  }

  /** What has come after the place that an earlier answer has named as its `next`, so many lines at most. */
  read(after: string, count: number): LogReply {
    const from = Math.max(this.#placeIn(after), this.#next - Math.min(count, this.#lines.length));
    const lines: LogLineReply[] = [];
    for (let number = from; number < this.#next; number += 1)
      lines.push(this.#shown(this.#lines[number % MAX_KEPT_LINES]!));
    return { next: `${this.#run}.${this.#next}`, lines };
  }

  #placeIn(after: string): number {
    const own = after.split(",").find((each) => each.startsWith(`${this.#run}.`));
    const number = Number(own?.slice(this.#run.length + 1));
    return Number.isSafeInteger(number) && number <= this.#next ? number : 0;
  }

  #shown(line: string): LogLineReply {
    const { level, time, msg, pid: _, hostname: __, ...fields } = JSON.parse(line);
    return { time, level, message: msg ?? "", process: this.#run, fields };
  }
}

/** The lines of several processes in the order of their time. */
export function mergeLogs(replies: readonly LogReply[], count: number): LogReply {
  const lines = replies.flatMap((reply) => reply.lines);
  // Times of one length, which are in order if their text is.
  const sorted = lines.sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)));
  return { next: replies.map(({ next }) => next).join(","), lines: sorted.slice(-count) };
}

function withoutFields(line: string): string {
  const { level, time, msg } = JSON.parse(line);
  return JSON.stringify({ level, time, msg: String(msg ?? "").slice(0, MAX_KEPT_LENGTH) });
}
