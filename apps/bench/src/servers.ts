import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "@headgate/testkit";
import { CProgram } from "./c-program.ts";
import { type Launch, launch, type RunningServer } from "./launch.ts";

/** A server that can be measured. */
export interface ServerKind {
  readonly name: string;
  /** Why it cannot be measured here; undefined if it can. */
  readonly missing: string | undefined;
  start(): Promise<RunningServer>;
}

const HEADGATE = fileURLToPath(new URL("../../headgate/dist/main.js", import.meta.url));
const NGINX = "/usr/sbin/nginx";
const NGINX_RTMP = "/usr/lib/nginx/modules/ngx_rtmp_module.so";

/** Headgate with these settings, and otherwise as it comes. */
export function headgateWith(settings: object): ServerKind {
  return {
    name: "Headgate",
    missing: existsSync(HEADGATE) ? undefined : "it is not built: npm run build",
    start: () =>
      launch("headgate", async (port, folder) => {
        const adminPort = await freePort();
        // JSON is YAML.
        const config = {
          ...settings,
          listeners: [{ host: "127.0.0.1", port }],
          admin: { host: "127.0.0.1", port: adminPort },
          log: { level: "warn", format: "json" },
          limits: { maxConnections: 20_000, maxConnectionsPerAddress: 20_000 },
        };
        const file = join(folder, "headgate.yaml");
        writeFileSync(file, JSON.stringify(config));
        return { command: process.execPath, args: [HEADGATE, "serve", "--config", file], adminPort };
      }),
  };
}

export const headgate: ServerKind = headgateWith({});

/** As it comes with Debian, with one worker and nothing set that is not needed. */
export const nginxRtmp: ServerKind = {
  name: "nginx-rtmp",
  missing: existsSync(NGINX_RTMP) ? undefined : "apt-get install nginx libnginx-mod-rtmp",
  start: () =>
    launch("nginx", (port, folder) => {
      const file = join(folder, "nginx.conf");
      writeFileSync(
        file,
        `load_module ${NGINX_RTMP};
daemon off;
worker_processes 1;
worker_rlimit_nofile 30000;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 25000; }
rtmp { server { listen 127.0.0.1:${port}; application live { live on; } } }
`,
      );
      return { command: NGINX, args: ["-c", file, "-p", folder] };
    }),
};

const NGINX_STREAM = "/usr/lib/nginx/modules/ngx_stream_module.so";

/** nginx ends TLS, as its stream module does, in front of its RTMP module. */
export const nginxStreamTls: ServerKind = {
  name: "nginx stream TLS + nginx-rtmp",
  missing: [NGINX_RTMP, NGINX_STREAM].every(existsSync)
    ? undefined
    : "apt-get install nginx libnginx-mod-rtmp libnginx-mod-stream",
  start: () =>
    launch("nginx-tls", async (port, folder) => {
      const rtmpPort = await freePort();
      const { cert, key } = makeCertificate(folder);
      const file = join(folder, "nginx.conf");
      writeFileSync(
        file,
        `load_module ${NGINX_RTMP};
load_module ${NGINX_STREAM};
daemon off;
worker_processes 1;
worker_rlimit_nofile 30000;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 25000; }
rtmp { server { listen 127.0.0.1:${rtmpPort}; application live { live on; } } }
stream {
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_certificate ${cert};
    ssl_certificate_key ${key};
    proxy_pass 127.0.0.1:${rtmpPort};
  }
}
`,
      );
      return { command: NGINX, args: ["-c", file, "-p", folder] };
    }),
};

const NODE_MEDIA_SERVER = fileURLToPath(
  new URL("../../../node_modules/node-media-server/bin/app.js", import.meta.url),
);

export const nodeMediaServer: ServerKind = {
  name: "node-media-server",
  missing: existsSync(NODE_MEDIA_SERVER) ? undefined : "npm ci",
  start: () =>
    launch("node-media-server", (port, folder) => launchNodeMediaServer(folder, { rtmp: { port } })),
};

export const nodeMediaServerTls: ServerKind = {
  name: "node-media-server rtmps",
  missing: nodeMediaServer.missing,
  start: () =>
    launch("node-media-server-tls", async (port, folder) =>
      launchNodeMediaServer(folder, {
        rtmp: { port: await freePort() },
        rtmps: { port, ...makeCertificate(folder) },
      }),
    ),
};

function launchNodeMediaServer(folder: string, ports: Readonly<Record<string, object>>): Launch {
  const file = join(folder, "config.json");
  const auth = { play: false, publish: false, secret: "", jwt: { secret: "x", users: [] } };
  const store = { path: join(folder, "data"), maxHistory: 10 };
  const record = { auto: false, path: folder };
  const config = { bind: "127.0.0.1", auth, store, record, notify: { url: "" }, ...ports };
  writeFileSync(file, JSON.stringify(config));
  return { command: process.execPath, args: [NODE_MEDIA_SERVER, "-c", file, "--no-admin"] };
}

/** SRS merges writes for this long, 350 ms unless told otherwise; "min_latency" is its way of not merging. */
export function srs(program: string | undefined, merge: number | "min_latency"): ServerKind {
  const play =
    merge === "min_latency"
      ? "min_latency on; tcp_nodelay on; play { mw_latency 0; mw_msgs 0; }"
      : `play { mw_latency ${merge}; }`;
  return {
    name: "SRS",
    missing: program !== undefined && existsSync(program) ? undefined : "--srs PATH of a built SRS",
    start: () =>
      launch("srs", (port, folder) => {
        const file = join(folder, "srs.conf");
        writeFileSync(
          file,
          `listen 127.0.0.1:${port};
max_connections 15000;
daemon off;
in_docker on;
work_dir ${folder};
pid ${folder}/srs.pid;
srs_log_tank file;
srs_log_file ${folder}/srs.log;
srs_log_level error;
srs_log_level_v2 error;
http_api { enabled off; }
stats { network 0; }
vhost __defaultVhost__ { ${play} }
`,
        );
        return { command: program ?? "", args: ["-c", file] };
      }),
  };
}

export interface FloorOptions {
  readonly windowMs: number;
  readonly bytesPerSecond: number;
  readonly isSecure: boolean;
}

/** A bare loop of send(), compiled where there is a compiler. */
export function floor({ windowMs, bytesPerSecond, isSecure }: FloorOptions): ServerKind {
  const program = isSecure
    ? new CProgram("floor.c", { define: "TLS", library: "ssl" })
    : new CProgram("floor.c");
  return {
    name: "floor",
    get missing() {
      return program.missing;
    },
    start: () =>
      launch("floor", (port, folder) => {
        const { cert, key } = isSecure ? makeCertificate(folder) : {};
        const args = [port, windowMs, bytesPerSecond, cert, key].filter((arg) => arg !== undefined);
        return { command: program.compileIn(folder), args: args.map(String) };
      }),
  };
}

/** RSA 2048, as servers mostly have it. */
function makeCertificate(folder: string): { readonly cert: string; readonly key: string } {
  const made = spawnSync(process.execPath, [HEADGATE, "certs", "init", "--folder", folder]);
  if (made.status !== 0) throw new Error(`no certificate can be made: ${made.stderr}`);
  return { cert: join(folder, "server.crt"), key: join(folder, "server.key") };
}
