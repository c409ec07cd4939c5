import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "@headgate/testkit";
import { Child } from "./child-processes.ts";
import {
  NGINX,
  NGINX_RTMP_MODULE,
  NODE_MEDIA_SERVER,
  nginxRtmp,
  nodeMediaServer,
  type Program,
} from "./programs.ts";

/** A server that somebody else wrote, behind Headgate. */
export interface RunningOrigin {
  readonly port: number;
  /** What it has said so far. */
  readonly output: string;
  stop(): Promise<void>;
  /** Ends it as the system does that is short of memory. */
  kill(): Promise<void>;
}

/** A kind of origin; it can be started on a port of its own choosing, or where it was before. */
export interface Origin {
  readonly program: Program;
  start(port?: number): Promise<RunningOrigin>;
}

export const nginxRtmpOrigin: Origin = nginxRtmpWith("application live { live on; }");

/** `applications` as they stand in its configuration. */
export function nginxRtmpWith(applications: string): Origin {
  const launch = (port: number, folder: string): Child => {
    const file = join(folder, "nginx.conf");
    writeFileSync(
      file,
      `load_module ${NGINX_RTMP_MODULE};
daemon off;
master_process off;
pid ${folder}/nginx.pid;
events {}
rtmp { server { listen 127.0.0.1:${port}; ${applications} } }
`,
    );
    return new Child(NGINX, ["-c", file, "-p", folder, "-e", "stderr"], { folder });
  };
  return { program: nginxRtmp, start: (at) => start(at, launch) };
}

export const nodeMediaServerOrigin: Origin = {
  program: nodeMediaServer,
  start: (at) =>
    start(at, (port, folder) => {
      const file = join(folder, "config.json");
      const auth = { play: false, publish: false, secret: "", jwt: { secret: "x", users: [] } };
      const store = { path: join(folder, "data"), maxHistory: 10 };
      const record = { auto: false, path: folder };
      const config = { bind: "127.0.0.1", auth, store, record, notify: { url: "" }, rtmp: { port } };
      writeFileSync(file, JSON.stringify(config));
      return new Child(process.execPath, [NODE_MEDIA_SERVER, "-c", file, "--no-admin"], { folder });
    }),
};

/** It knows one port only, and reads commands from its input until it ends, which must therefore not be at its end. */
export function startRtmpsrv(): Promise<RunningOrigin> {
  return start(1935, (_, folder) => new Child("sh", ["-c", "sleep 1000 | rtmpsrv"], { folder }));
}

async function start(
  at: number | undefined,
  launch: (port: number, folder: string) => Child,
): Promise<RunningOrigin> {
  const folder = mkdtempSync(join(tmpdir(), "headgate-origin-"));
  chmodSync(folder, 0o777);
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const port = at ?? (await freePort());
  const child = launch(port, folder);
  for (let attempt = 0; attempt < 100 && !child.hasExited; attempt += 1) {
    if (isListening(port)) {
      return {
        port,
        get output() {
          return `${child.output}${child.errors}`;
        },
        stop: async () => {
          await child.stop();
        },
        kill: async () => {
          child.signal("SIGKILL");
          await child.exited;
        },
      };
    }
    await sleep(100);
  }
  child.signal("SIGKILL");
  throw new Error(`${child.command} does not start:\n${child.errors}`);
}

/** Without connecting, which rtmpsrv takes for its one client. Columns of proc(5), `/proc/net/tcp`. */
function isListening(port: number): boolean {
  const place = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = readFileSync("/proc/net/tcp", "utf8").split("\n");
  return lines.some((line) => {
    const [, local = "", , state] = line.trim().split(/\s+/);
    return local.endsWith(place) && state === "0A";
  });
}
