import { readdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";

/** How Linux counts processor time in /proc (proc(5), `utime`). */
const TICKS_PER_SECOND = 100;

/** Processor time of a process and all of its children, user and system. Seconds; on Linux only. */
export function cpuSeconds(pid: number): number {
  return sumOf(family(pid), (member) => {
    const fields = statOf(member);
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  });
}

/** The busy time of all processors together, for all processes, and the time they had. Seconds. */
export function machineSeconds(): { readonly busy: number; readonly all: number } {
  const times = cpus().map(({ times }) => times);
  const all = times.reduce((sum, { user, nice, sys, irq, idle }) => sum + user + nice + sys + irq + idle, 0);
  const idle = times.reduce((sum, time) => sum + time.idle, 0);
  return { busy: (all - idle) / 1000, all: all / 1000 };
}

/** Resident memory of a process and all below it. Bytes. */
export function residentBytes(pid: number): number {
  return sumOf(family(pid), (member) => {
    const status = textOf(`/proc/${member}/status`);
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  });
}

/** Whether the process exists, and the system reports its CPU time. */
export function isThere(pid: number): boolean {
  return textOf(`/proc/${pid}/stat`) !== "";
}

function family(pid: number): number[] {
  const parents = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), Number(statOf(Number(name))[1])]),
  );
  const members = [pid];
  for (const member of members) {
    for (const [child, parent] of parents) if (parent === member) members.push(child);
  }
  return members;
}

/** The fields after the command, which may have spaces: the first is the state. */
function statOf(pid: number): string[] {
  return (textOf(`/proc/${pid}/stat`).split(") ").at(-1) ?? "").split(" ");
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // It has ended since it was listed.
    return "";
  }
}

function sumOf(members: readonly number[], read: (member: number) => number): number {
  return members.reduce((sum, member) => sum + (read(member) || 0), 0);
}
