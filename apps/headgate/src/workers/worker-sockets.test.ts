import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WorkerSockets } from "./worker-sockets.ts";

let parent: string;
const servers: Server[] = [];

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "sockets-"));
});

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(parent, { recursive: true });
});

/** The folder of a server with this process id. */
function folderOf(pid: number): string {
  const folder = join(parent, `headgate-${pid}-abc123`);
  mkdirSync(folder);
  return folder;
}

function deadPid(): number {
  return spawnSync(process.execPath, ["-e", ""]).pid;
}

/** The socket of a process that was killed. */
function leaveSocket(path: string): void {
  const program = `require("net").createServer().listen("${path}", () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", program]);
}

async function listen(path: string): Promise<void> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
}

test("a new server has a folder of its own that only its user can enter", async () => {
  const [one, other] = [await WorkerSockets.create(parent), await WorkerSockets.create(parent)];
  expect(one.folder).not.toBe(other.folder);
  expect(one.folder).toContain(`headgate-${process.pid}-`);
  one.remove();
  expect(readdirSync(parent)).toEqual([other.folder.slice(parent.length + 1)]);
});

test("what a killed server has left is removed by the next one", async () => {
  const folders = [folderOf(deadPid()), folderOf(process.pid)];
  for (const folder of folders) leaveSocket(join(folder, "worker-0.sock"));
  await WorkerSockets.create(parent);
  expect(folders.filter(existsSync)).toEqual([]);
});

test("the folder of a server that runs is left alone", async () => {
  const running = folderOf(process.ppid);
  leaveSocket(join(running, "worker-0.sock"));
  // In another container: its process id says nothing here.
  const elsewhere = folderOf(deadPid());
  await listen(join(elsewhere, "worker-1.sock"));
  leaveSocket(join(elsewhere, "worker-0.sock"));
  const starting = folderOf(deadPid());
  await WorkerSockets.create(parent);
  for (const folder of [running, elsewhere, starting]) expect(existsSync(folder)).toBe(true);
  expect(readdirSync(elsewhere)).toEqual(["worker-0.sock", "worker-1.sock"]);

  utimesSync(starting, 0, 0);
  await WorkerSockets.create(parent);
  expect(existsSync(starting)).toBe(false);
});

test("what is not from a worker is not removed", async () => {
  const folder = folderOf(deadPid());
  leaveSocket(join(folder, "worker-0.sock"));
  writeFileSync(join(folder, "mine"), "");
  writeFileSync(join(parent, "headgate-1-abcdef"), "");
  await WorkerSockets.create(parent);
  expect(readdirSync(folder)).toEqual(["mine"]);
  expect(existsSync(join(parent, "headgate-1-abcdef"))).toBe(true);
});
