import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LoadError } from "@headgate/load";
import { freePort } from "@headgate/testkit";

/** A server that was started to be measured. */
export interface RunningServer {
  readonly pid: number;
  readonly port: number;
  /** Headgate's admin port. */
  readonly adminPort?: number | undefined;
  stop(): Promise<void>;
}

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly adminPort?: number;
}

/** The resources of a running server. */
const leftovers = new Set<{ readonly child: ChildProcess; readonly folder: string }>();

/** Interrupting a measurement ends the servers as well, which would run on for ever. */
export function endServersOnSignal(): void {
  for (const [signal, number] of [
    ["SIGINT", 2],
    ["SIGTERM", 15],
    ["SIGHUP", 1],
  ] as const) {
    process.once(signal, () => process.exit(128 + number));
  }
  process.once("exit", () => {
    for (const { child, folder } of leftovers) {
      child.kill();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** Starts a server in a folder of its own, and waits until it listens. */
export async function launch(
  name: string,
  describe: (port: number, folder: string) => Launch | Promise<Launch>,
): Promise<RunningServer> {
  const folder = mkdtempSync(join(tmpdir(), `bench-${name}-`));
  const port = await freePort();
  const { command, args, adminPort } = await describe(port, folder);
  const child = spawn(command, args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  const leftover = { child, folder };
  leftovers.add(leftover);
  const stop = async (): Promise<void> => {
    await ended(child);
    leftovers.delete(leftover);
    rmSync(folder, { recursive: true, force: true });
  };
  for (let attempt = 0; attempt < 200 && child.exitCode === null; attempt += 1) {
    if (await isListening(port)) return { pid: child.pid ?? 0, port, adminPort, stop };
    await sleep(50);
  }
  await stop();
  throw new LoadError("unreachable", `${command} does not start`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill();
  await Promise.race([exit, sleep(3_000)]);
  child.kill("SIGKILL");
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
