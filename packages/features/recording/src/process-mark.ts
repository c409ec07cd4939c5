import { readFileSync } from "node:fs";

/** Where the field `starttime` is behind the name of the program in `/proc/PID/stat` (proc(5)). */
const START_TIME_FIELD = 19;

const SYSTEM_RUN = textOf("/proc/sys/kernel/random/boot_id");

/**
 * Tells a process from a later one of the same number: when it was started, and in which run of the system. Undefined where the
 * system does not say so.
 */
export function processMark(pid: number): string | undefined {
  const stat = textOf(`/proc/${pid}/stat`);
  if (SYSTEM_RUN === undefined || stat === undefined) return undefined;
  // The name may have spaces and parentheses.
  const startTime = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[START_TIME_FIELD];
  return `${SYSTEM_RUN} ${startTime}`;
}

/** Whether there is such a process. `mark` is that of the one that is meant, if it is known. */
export function isRunning(pid: number, mark: string | undefined): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const present = processMark(pid);
  return mark === undefined || present === undefined || mark === present;
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "latin1").trim();
  } catch {
    return undefined;
  }
}
