import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Child } from "./child-processes.ts";

const MAIN = fileURLToPath(new URL("../../apps/headgate/dist/main.js", import.meta.url));

/** The keys of the configuration file that these tests set; the rest keeps its defaults. */
export interface ServerConfig {
  readonly workers?: number;
  readonly http?: { readonly webServer: string };
  readonly tunnel?: { readonly node?: string };
  readonly applications: Readonly<
    Record<
      string,
      {
        readonly publisherPolicy?: "reject" | "takeover";
        readonly resumeWindow?: string;
        readonly lagPolicy?: "jump" | "drop";
        readonly swfVerification?: readonly { readonly size: number; readonly hash: string }[];
        readonly pull?: string | readonly string[];
        readonly pullIdle?: string;
        readonly push?: string | readonly string[];
        readonly routes?: readonly object[];
        readonly proxy?: string;
        readonly proxyProtocol?: boolean;
      }
    >
  >;
  readonly outward?: { readonly insecure?: boolean };
  readonly rtmpe?: boolean;
  readonly limits?: Readonly<Record<string, number>>;
  readonly log?: { readonly level: string; readonly format: string };
  readonly timeouts?: Readonly<Record<string, string>>;
  /** Without their addresses; one if nothing is said. */
  readonly listeners?: readonly ListenerConfig[];
}

interface ListenerConfig {
  readonly protocols?: readonly string[];
  readonly tls?: Readonly<Record<string, string>>;
  readonly trustedProxies?: readonly string[];
}

/** A way to a server. */
/** The schemes of URLs that programs understand. */
export type Scheme = "rtmp" | "rtmpt" | "rtmps" | "rtmpe" | "rtmpte" | "rtmpts";

interface RelaysReply {
  readonly relays: readonly {
    readonly kind: string;
    readonly stream: string;
    readonly target: string;
    readonly state: string;
    readonly bytes: number;
    readonly retries: number;
    readonly lastError?: { readonly code: string };
  }[];
  readonly proxiedSessions: number;
}

interface Way {
  readonly protocol?: Scheme;
  /** A listener's position in the configuration, or the port of something in front of it. */
  readonly listener?: number;
  readonly port?: number;
}

/** Until it answers. With workers, four processes make their start one after the other, on a machine that runs other tests. */
const START_ATTEMPTS = 300;
const ATTEMPT_MS = 100;

/** A Headgate of its own, started as a user would: from the built program and a configuration file. */
export class HeadgateServer {
  readonly #child: Child;
  readonly #ports: readonly number[];
  readonly #adminPort: number;
  readonly #folder: string;

  constructor(child: Child, ports: readonly number[], adminPort: number, folder: string) {
    this.#child = child;
    this.#ports = ports;
    this.#adminPort = adminPort;
    this.#folder = folder;
  }

  get pid(): number {
    return this.#child.pid;
  }

  url(application: string, stream: string, way: Way = {}): string {
    const { protocol = "rtmp", listener = 0, port = this.port(listener) } = way;
    return `${protocol}://127.0.0.1:${port}/${application}/${stream}`;
  }

  /** The port of a listener. */
  port(listener: number): number {
    return this.#ports[listener] as number;
  }

  /** A file in a folder that goes when this process ends. */
  file(name: string): string {
    return join(this.#folder, name);
  }

  /** What GET /api/v1/relays says. */
  async relays(): Promise<RelaysReply> {
    return (await fetch(`http://127.0.0.1:${this.#adminPort}/api/v1/relays`)).json() as Promise<RelaysReply>;
  }

  /** What GET /metrics says. */
  async metric(name: string): Promise<number> {
    const reply = await fetch(`http://127.0.0.1:${this.#adminPort}/metrics`);
    return Number(new RegExp(`^${name} (.+)$`, "m").exec(await reply.text())?.[1]);
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

export interface StartOptions {
  /** The built program. */
  readonly main?: string;
  /** Where its standard output goes, in place of a pipe. */
  readonly outputDescriptor?: number | undefined;
}

/** Starts a server on free ports and waits until it says that it is healthy. */
export async function startHeadgate(
  config: ServerConfig,
  variables: NodeJS.ProcessEnv = {},
  { main = MAIN, outputDescriptor }: StartOptions = {},
): Promise<HeadgateServer> {
  if (!existsSync(main)) throw new Error("Headgate is not built: npm run build");
  const folder = mkdtempSync(join(tmpdir(), "headgate-interop-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const { listeners = [{}] } = config;
  const adminPort = await freePort();
  const ports: number[] = [];
  for (const _ of listeners) ports.push(await freePort());
  const file = join(folder, "headgate.yaml");
  const addresses = {
    listeners: listeners.map((listener, index) => ({ host: "127.0.0.1", port: ports[index], ...listener })),
    admin: { host: "127.0.0.1", port: adminPort },
  };
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ log: { level: "info", format: "json" }, ...config, ...addresses }));
  const child = new Child(process.execPath, [main, "serve", "--config", file], {
    environment: { ...bareEnvironment(), ...variables },
    // Where it makes its certificates.
    folder,
    ...(outputDescriptor !== undefined && { outputDescriptor }),
  });
  const server = new HeadgateServer(child, ports, adminPort, folder);
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt += 1) {
    if (child.hasExited) break;
    if (await isHealthy(adminPort)) return server;
    await sleep(ATTEMPT_MS);
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

export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
