import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createWriteStream } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** What a child left when it ended. */
export interface Exit {
  /** undefined: ended by a signal. */
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
}

export interface ChildOptions {
  /** Where standard output goes; without it the output is kept in memory. */
  readonly outputFile?: string;
  /** The same as an open descriptor, which the program gets as it is. */
  readonly outputDescriptor?: number;
  /** Without it the program inherits this process's. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Where it runs; without it, where this process does. */
  readonly folder?: string;
  /** Whose process it is, with the group of the same number; without it, this user's. */
  readonly userId?: number;
}

const running = new Set<Child>();

/**
 * A program running in a process group of its own, so that nothing it starts outlives it. Every one that is still running
 * when this process ends is killed, whatever the reason.
 */
export class Child {
  readonly exited: Promise<Exit>;
  readonly command: string;
  readonly #process: ChildProcess;
  #output = "";
  #errors = "";
  #exit: Exit | undefined;

  constructor(command: string, args: readonly string[], options: ChildOptions = {}) {
    this.command = [command, ...args].join(" ");
    const env = options.environment ?? process.env;
    this.#process = spawn(command, args, {
      detached: true,
      stdio: ["ignore", options.outputDescriptor ?? "pipe", "pipe"],
      env,
      cwd: options.folder,
      uid: options.userId,
      gid: options.userId,
    });
    running.add(this);
    const file = options.outputFile === undefined ? undefined : createWriteStream(options.outputFile);
    if (file) this.#process.stdout?.pipe(file);
    else this.#process.stdout?.setEncoding("utf8").on("data", (text: string) => (this.#output += text));
    this.#process.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#errors += text));
    this.exited = new Promise((resolve, reject) => {
      this.#process.once("error", reject);
      this.#process.once("close", (code, signal) => {
        this.#exit = { code: code ?? undefined, signal: signal ?? undefined };
        running.delete(this);
        resolve(this.#exit);
      });
    });
    // A program that cannot be started is found out by whoever awaits `exited`.
    this.exited.catch(() => running.delete(this));
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error(`not started: ${this.command}`);
    return this.#process.pid;
  }

  /** What it has written to standard output so far. */
  get output(): string {
    return this.#output;
  }

  /** What it has written to standard error so far. */
  get errors(): string {
    return this.#errors;
  }

  get hasExited(): boolean {
    return this.#exit !== undefined;
  }

  /** Sends a signal to the program and everything it started. */
  signal(signal: NodeJS.Signals): void {
    if (this.hasExited) return;
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }

  /** Asks the program to end as a user would with Ctrl-C, and kills it if it does not. */
  async stop(graceMs = 5_000): Promise<Exit> {
    this.signal("SIGINT");
    const asked = new AbortController();
    await Promise.race([this.exited, sleep(graceMs, undefined, { signal: asked.signal }).catch(() => {})]);
    asked.abort();
    this.signal("SIGKILL");
    return await this.exited;
  }

  /** Waits for the end by itself; after the given time it is killed and the wait fails. */
  async end(withinMs: number): Promise<Exit> {
    const limit = setTimeout(() => this.signal("SIGKILL"), withinMs);
    const exit = await this.exited;
    clearTimeout(limit);
    if (exit.signal === "SIGKILL") {
      throw new Error(`did not end within ${withinMs} ms: ${this.command}\n${this.errors.slice(-2000)}`);
    }
    return exit;
  }
}

/** Runs a short program to its end. `succeeded` is false also for one that is not there. */
export function run(command: string, args: readonly string[]): { succeeded: boolean; output: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", timeout: 120_000 });
  return { succeeded: status === 0, output: `${stdout ?? ""}${stderr ?? ""}` };
}

/** Kills what is still running; for `afterAll`, so that a failed test leaves nothing behind. */
export function killEveryChild(): void {
  for (const child of running) child.signal("SIGKILL");
}

process.once("exit", killEveryChild);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    killEveryChild();
    process.exit(1);
  });
}
