import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "@headgate/testkit";
import { Child } from "./child-processes.ts";

const MAIN = fileURLToPath(new URL("../../apps/headgate/dist/main.js", import.meta.url));

/** The keys of the configuration file that these tests set; the rest keeps its defaults. */
export interface ServerConfig {
  readonly workers?: number;
  readonly http?: { readonly webServer: string };
  /** Without its address. */
  readonly admin?: {
    readonly tokens?: readonly object[];
    readonly oidc?: object;
    readonly tls?: object;
    readonly compatibility?: readonly string[];
    readonly streamMetrics?: number;
  };
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
        readonly hooks?: readonly object[];
        readonly publish?: object;
        readonly maxConnections?: number;
        readonly play?: object;
        readonly record?: object;
        readonly vod?: string;
        readonly httpFlv?: boolean;
        readonly playlists?: Readonly<Record<string, object>>;
      }
    >
  >;
  readonly access?: object;
  readonly recording?: object;
  readonly outward?: { readonly insecure?: boolean };
  readonly rtmpe?: boolean;
  readonly limits?: Readonly<Record<string, number>>;
  readonly log?: { readonly level: string; readonly format: string };
  /** These tests end their servers without waiting for clients, unless they say more. */
  readonly drain?: { readonly timeout: string; readonly wait?: string };
  readonly timeouts?: Readonly<Record<string, string>>;
  /** Without their addresses; one if nothing is said. */
  readonly listeners?: readonly ListenerConfig[];
}

interface ListenerConfig {
  /** A free one if nothing is said. */
  readonly port?: number;
  readonly protocols?: readonly string[];
  readonly tls?: Readonly<Record<string, string | object>>;
  readonly trustedProxies?: readonly string[];
}

/** A way to a server. */
/** The schemes of URLs that programs understand. */
export type Scheme = "rtmp" | "rtmpt" | "rtmps" | "rtmpe" | "rtmpte" | "rtmpts";
/** Those of URLs that end in `.flv`. */
export type FlvScheme = "http" | "ws";

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
const START_ATTEMPTS = 600;
const ATTEMPT_MS = 100;

/** A Headgate of its own, started as a user would: from the built program and a configuration file. */
export class HeadgateServer {
  readonly #child: Child;
  readonly #ports: readonly number[];
  readonly #adminPort: number;
  readonly #folder: string;
  readonly #write: (config: ServerConfig) => void;

  constructor(
    child: Child,
    ports: readonly number[],
    adminPort: number,
    folder: string,
    write: (config: ServerConfig) => void,
  ) {
    this.#write = write;
    this.#child = child;
    this.#ports = ports;
    this.#adminPort = adminPort;
    this.#folder = folder;
  }

  get pid(): number {
    return this.#child.pid;
  }

  get hasExited(): boolean {
    return this.#child.hasExited;
  }

  /** Replaces its configuration file. Listeners without a port have those from the start, in their order. */
  rewrite(config: ServerConfig): void {
    this.#write(config);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.signal(signal);
  }

  /** Waits until it has ended, and returns its exit code. */
  async ended(withinMs: number): Promise<number | undefined> {
    return (await this.#child.end(withinMs)).code;
  }

  /** The processes that it has started. */
  get workerPids(): readonly number[] {
    const children = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, "utf8");
    return children.trim().split(" ").map(Number);
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

  /** The URL of something on the admin server. */
  adminUrl(path: string): string {
    return `http://127.0.0.1:${this.#adminPort}${path}`;
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
  /** Whose process it is, if not this user's. */
  readonly userId?: number;
}

const BASE = { log: { level: "info", format: "json" }, drain: { timeout: "0s" } };

/** Starts a server on free ports and waits until it says that it is healthy. */
export async function startHeadgate(
  config: ServerConfig,
  variables: NodeJS.ProcessEnv = {},
  { main = MAIN, outputDescriptor, userId }: StartOptions = {},
): Promise<HeadgateServer> {
  if (!existsSync(main)) throw new Error("Headgate is not built: npm run build");
  const folder = mkdtempSync(join(tmpdir(), "headgate-interop-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  if (userId !== undefined) chownSync(folder, userId, userId);
  const { listeners = [{}] } = config;
  const adminPort = await freePort();
  const ports: number[] = [];
  for (const _ of listeners) ports.push(await freePort());
  const file = join(folder, "headgate.yaml");
  const write = (next: ServerConfig): void => {
    const addresses = {
      listeners: (next.listeners ?? [{}]).map((listener, index) => ({
        host: "127.0.0.1",
        port: ports[index],
        ...listener,
      })),
      admin: { ...next.admin, host: "127.0.0.1", port: adminPort },
    };
    // JSON is YAML.
    writeFileSync(file, JSON.stringify({ ...BASE, ...next, ...addresses }));
  };
  write(config);
  const child = new Child(process.execPath, [main, "serve", "--config", file], {
    environment: { ...bareEnvironment(), ...variables },
    // Where it makes its certificates.
    folder,
    ...(outputDescriptor !== undefined && { outputDescriptor }),
    ...(userId !== undefined && { userId }),
  });
  const server = new HeadgateServer(child, ports, adminPort, folder, write);
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt += 1) {
    if (child.hasExited) break;
    if (await isHealthy(`${config.admin?.tls ? "https" : "http"}://127.0.0.1:${adminPort}/healthz`))
      return server;
    await sleep(ATTEMPT_MS);
  }
  child.signal("SIGKILL");
  throw new Error(`Headgate does not start:\n${server.log()}`);
}

/** Without the variables of these tests, which Headgate would take for settings of its own. */
function bareEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("HEADGATE_")));
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    if (url.startsWith("http:")) return (await fetch(url)).status === 200;
    const [response] = await once(https.get(url, { rejectUnauthorized: false }), "response");
    response.resume();
    return response.statusCode === 200;
  } catch {
    return false;
  }
}
