import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Child } from "./child-processes.ts";

const MAIN = fileURLToPath(new URL("../../apps/gateway/dist/main.js", import.meta.url));

/** The keys of the configuration file that these tests set; the rest keeps its defaults. */
export interface ServerConfig {
  readonly applications: Readonly<
    Record<
      string,
      {
        readonly publisherPolicy?: "reject" | "takeover";
        readonly resumeWindow?: string;
        readonly lagPolicy?: "jump" | "drop";
      }
    >
  >;
  readonly timeouts?: Readonly<Record<string, string>>;
}

/** A Headgate of its own, started as a user would: from the built program and a configuration file. */
export class HeadgateServer {
  readonly #child: Child;
  readonly #port: number;
  readonly #folder: string;

  constructor(child: Child, port: number, folder: string) {
    this.#child = child;
    this.#port = port;
    this.#folder = folder;
  }

  get pid(): number {
    return this.#child.pid;
  }

  url(application: string, stream: string): string {
    return `rtmp://127.0.0.1:${this.#port}/${application}/${stream}`;
  }

  /** A file in a folder that goes when this process ends. */
  file(name: string): string {
    return join(this.#folder, name);
  }

  /** The resident memory of the process, in bytes. */
  residentBytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  /** Processor time used so far, user and system together. */
  cpuSeconds(): number {
    const fields = readFileSync(`/proc/${this.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    const ticksPerSecond = 100;
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  }

  /** The last lines it logged, for the message of a failed test. */
  log(lines = 30): string {
    return `${this.#child.output}${this.#child.errors}`.trim().split("\n").slice(-lines).join("\n");
  }

  /** Asks it to end; fails if it had ended before or does not end cleanly. */
  async stop(): Promise<void> {
    const hadExited = this.#child.hasExited;
    this.#child.signal("SIGTERM");
    const { code, signal } = await this.#child.end(10_000);
    if (hadExited || code !== 0) {
      throw new Error(
        `Headgate ended ${hadExited ? "by itself" : "badly"}: ${code ?? signal}\n${this.log()}`,
      );
    }
  }
}

/** Starts a server on free ports and waits until it says that it is healthy. */
export async function startHeadgate(config: ServerConfig): Promise<HeadgateServer> {
  if (!existsSync(MAIN)) throw new Error("Headgate is not built: npm run build");
  const folder = mkdtempSync(join(tmpdir(), "headgate-interop-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const [port, adminPort] = [await freePort(), await freePort()];
  const file = join(folder, "headgate.yaml");
  const addresses = {
    listeners: [{ host: "127.0.0.1", port }],
    admin: { host: "127.0.0.1", port: adminPort },
  };
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ ...addresses, log: { level: "info", format: "json" }, ...config }));
  const child = new Child(process.execPath, [MAIN, "serve", "--config", file], {
    environment: bareEnvironment(),
    // Where it makes its certificates.
    folder,
  });
  const server = new HeadgateServer(child, port, folder);
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (child.hasExited) break;
    if (await isHealthy(adminPort)) return server;
    await sleep(100);
  }
  child.signal("SIGKILL");
  throw new Error(`Headgate does not start:\n${server.log()}`);
}

/** Without the variables of these tests, which Headgate would take for settings of its own. */
function bareEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("HEADGATE_")));
}

async function isHealthy(adminPort: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${adminPort}/healthz`)).status === 200;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
