import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Child } from "./child-processes.ts";
import { freePort } from "./headgate-server.ts";
import { NGINX, SQUID } from "./programs.ts";

/** A proxy that somebody else wrote, between a client and Headgate. */
export interface Proxy {
  readonly port: number;
  stop(): Promise<void>;
}

/** A forward proxy as it comes, except for what it would write and whom it would refuse. */
export function startSquid(): Promise<Proxy> {
  return start(SQUID, "squid.conf", (port) => ({
    args: (file) => ["-N", "-f", file],
    config: `
      http_port 127.0.0.1:${port}
      http_access allow all
      cache deny all
      access_log none
      cache_log /dev/null
      pid_filename none
      pinger_enable off
      shutdown_lifetime 0 seconds`,
  }));
}

/** A reverse proxy with nginx's defaults: HTTP/1.0 to the server, and a connection for each request. */
export function startNginx(serverPort: number): Promise<Proxy> {
  return start(NGINX, "nginx.conf", (port, folder) => ({
    args: (file) => ["-c", file, "-p", folder, "-e", "stderr"],
    config: `
      daemon off;
      pid nginx.pid;
      events {}
      http {
        access_log off;
        ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${kind};`).join(" ")}
        server {
          listen 127.0.0.1:${port};
          location / { proxy_pass http://127.0.0.1:${serverPort}; }
        }
      }`,
  }));
}

interface Start {
  readonly config: string;
  args(file: string): readonly string[];
}

async function start(
  program: string,
  name: string,
  describe: (port: number, folder: string) => Start,
): Promise<Proxy> {
  const folder = mkdtempSync(join(tmpdir(), "headgate-proxy-"));
  // They give up root's rights, if they have them, and want to write there all the same.
  chmodSync(folder, 0o777);
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const port = await freePort();
  const { config, args } = describe(port, folder);
  const file = join(folder, name);
  writeFileSync(file, config.replaceAll(/^ +/gm, ""));
  const child = new Child(program, args(file), { folder });
  for (let attempt = 0; attempt < 100 && !child.hasExited; attempt += 1) {
    if (await isListening(port)) {
      return {
        port,
        stop: async () => {
          await child.stop();
        },
      };
    }
    await sleep(100);
  }
  child.signal("SIGKILL");
  throw new Error(`${child.command} does not start:\n${child.errors}`);
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
