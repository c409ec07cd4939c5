import { type ChildProcess, spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "@headgate/testkit";

const MAIN = fileURLToPath(new URL("../../../../../apps/headgate/dist/main.js", import.meta.url));

/** The longest wait for a new gateway to answer. */
const START_ATTEMPTS = 200;
const ATTEMPT_MS = 50;

/** Longer than a gateway takes to end. */
const END_WITHIN_MS = 5_000;

/** How much of the log a failure shows. Characters. */
const SHOWN_LOG = 4_000;

/** A gateway to attack, in a process of its own, started as a user starts it. */
export class GatewayProcess {
  readonly port: number;
  readonly adminPort: number;
  readonly #folder: string;
  readonly #child: ChildProcess;

  /** `config` has no addresses. Rejects if the gateway does not start. */
  static async start(config: object): Promise<GatewayProcess> {
    if (!existsSync(MAIN)) throw new Error("Headgate is not built: npm run build");
    const [port, adminPort] = [await freePort(), await freePort()];
    const gateway = new GatewayProcess(config, port, adminPort);
    for (let left = START_ATTEMPTS; left > 0 && !gateway.hasExited; left -= 1) {
      if (await gateway.#isHealthy()) return gateway;
      await sleep(ATTEMPT_MS);
    }
    const log = gateway.log;
    await gateway.stop();
    throw new Error(`Headgate does not start:\n${log}`);
  }

  private constructor(config: object, port: number, adminPort: number) {
    this.port = port;
    this.adminPort = adminPort;
    this.#folder = mkdtempSync(join(tmpdir(), "headgate-fuzz-"));
    const addresses = {
      listeners: [{ host: "127.0.0.1", port }],
      admin: { host: "127.0.0.1", port: adminPort },
    };
    const file = join(this.#folder, "headgate.yaml");
    // JSON is YAML.
    writeFileSync(file, JSON.stringify({ log: { level: "info", format: "json" }, ...config, ...addresses }));
    const output = openSync(join(this.#folder, "log"), "w");
    this.#child = spawn(process.execPath, [MAIN, "serve", "--config", file], {
      cwd: this.#folder,
      stdio: ["ignore", output, output],
    });
    closeSync(output);
    process.once("exit", this.#onExit);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The end of its log. */
  get log(): string {
    return readFileSync(join(this.#folder, "log"), "utf8").slice(-SHOWN_LOG);
  }

  /** The process and its workers. */
  get pids(): readonly number[] {
    const children = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && parentOf(name) === this.pid);
    return [this.pid, ...children.map(Number)];
  }

  /** Open descriptors of all its processes. */
  get descriptors(): number {
    return this.pids.reduce((sum, pid) => sum + descriptorsOf(pid), 0);
  }

  /** A metric from GET /metrics. NaN if it is not there, or the gateway does not answer. */
  async metric(name: string): Promise<number> {
    const reply = await fetch(`http://127.0.0.1:${this.adminPort}/metrics`).catch(() => undefined);
    const text = (await reply?.text().catch(() => "")) ?? "";
    return Number(new RegExp(`^${name} (.+)$`, "m").exec(text)?.[1]);
  }

  async stop(): Promise<void> {
    if (!this.hasExited) {
      const exit = new Promise((resolve) => this.#child.once("exit", resolve));
      this.#child.kill();
      await Promise.race([exit, sleep(END_WITHIN_MS, undefined, { ref: false })]);
      this.#child.kill("SIGKILL");
    }
    process.off("exit", this.#onExit);
    this.#onExit();
  }

  readonly #onExit = (): void => {
    this.#child.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  };

  async #isHealthy(): Promise<boolean> {
    const reply = await fetch(`http://127.0.0.1:${this.adminPort}/healthz`).catch(() => undefined);
    return reply?.status === 200;
  }
}

function parentOf(pid: string): number {
  return Number(textOf(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ")[1]);
}

function descriptorsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    // The process has ended since it was listed.
    return 0;
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // The process has ended since it was listed.
    return "";
  }
}
