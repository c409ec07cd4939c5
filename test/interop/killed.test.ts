import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";

/** A start of several processes takes its time on a busy machine. */
const TIMEOUT_MS = 90_000;

const WAIT = { timeout: 15_000, interval: 50 };

let folder: string;
const servers: HeadgateServer[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headgate-killed-"));
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  rmSync(folder, { recursive: true });
});

afterAll(killEveryChild);

/** Its files for the moment are in a folder of this test. */
const start = (): Promise<HeadgateServer> =>
  startHeadgate({ workers: 2, applications: { "*": {} } }, { TMPDIR: folder });

function workersOf({ pid }: HeadgateServer): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return children.trim().split(" ").map(Number);
}

function isRunning(pid: number): boolean {
  try {
    // A process that nobody waits for stays as a zombie.
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

test(
  "a primary that is killed takes its workers and its files with it",
  async () => {
    const server = await start();
    const workers = workersOf(server);
    expect(readdirSync(folder)).toHaveLength(1);
    process.kill(server.pid, "SIGKILL");
    await expect.poll(() => workers.filter(isRunning), WAIT).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "what a server leaves that is killed with its workers is removed by the next, which leaves a third alone",
  async () => {
    const killed = await start();
    const other = await start();
    servers.push(other);
    const pids = [killed.pid, ...workersOf(killed)];
    // All at once: a worker that outlives its primary for a moment tidies up.
    for (const signal of ["SIGSTOP", "SIGKILL"] as const) for (const pid of pids) process.kill(pid, signal);
    const [left, kept] = readdirSync(folder).sort((a) => (a.includes(`-${killed.pid}-`) ? -1 : 1));
    servers.push(await start());
    expect(readdirSync(folder)).toContain(kept);
    expect(readdirSync(folder)).not.toContain(left);
    expect(readdirSync(join(folder, kept!)).sort()).toEqual(["worker-0.sock", "worker-1.sock"]);
  },
  TIMEOUT_MS,
);

test(
  "a primary that exits while a worker hangs leaves no worker behind",
  async () => {
    const server = await start();
    const workers = workersOf(server);
    process.kill(workers[0]!, "SIGSTOP");
    await server.stop();
    await expect.poll(() => workers.filter(isRunning), WAIT).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  },
  TIMEOUT_MS,
);
