import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "@headgate/testkit";
import { Child } from "../support/child-processes.ts";
import { NGINX, SQUID, TINYPROXY } from "../support/programs.ts";

/** A proxy that somebody else wrote, between a client and Headgate. */
export interface RunningProxy {
  readonly port: number;
  stop(): Promise<void>;
}

/** A forward proxy as it comes, except for what it would write and whom it would refuse. */
export function startSquid(): Promise<RunningProxy> {
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

/** A forward proxy that ends every connection after one reply, whatever its client asks for. */
export function startTinyproxy(): Promise<RunningProxy> {
  return start(TINYPROXY, "tinyproxy.conf", (port) => ({
    args: (file) => ["-d", "-c", file],
    config: `
      Port ${port}
      Listen 127.0.0.1
      Timeout 600
      Allow 127.0.0.1
      MaxClients 100`,
  }));
}

/** A reverse proxy with nginx's defaults: HTTP/1.0 to the server, and a connection for each request. */
export function startNginx(serverPort: number): Promise<RunningProxy> {
  return nginxWith(
    (port) => `
    server {
      listen 127.0.0.1:${port};
      location / { proxy_pass http://127.0.0.1:${serverPort}; }
    }`,
  );
}

/** As docs/transports.md advises: connections to the server are kept, and nothing is buffered. */
export function startKeepAliveNginx(serverPort: number): Promise<RunningProxy> {
  return nginxWith(
    (port) => `
    upstream headgate { server 127.0.0.1:${serverPort}; keepalive 64; }
    server {
      listen 127.0.0.1:${port};
      location / {
        proxy_pass http://headgate;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_buffering off;
        proxy_request_buffering off;
      }
    }`,
  );
}

/** nginx with these servers in its configuration. */
export function nginxWith(servers: (port: number) => string): Promise<RunningProxy> {
  return start(NGINX, "nginx.conf", (port, folder) => ({
    args: (file) => ["-c", file, "-p", folder, "-e", "stderr"],
    config: `
      daemon off;
      pid nginx.pid;
      events {}
      http {
        access_log off;
        ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${kind};`).join(" ")}
        ${servers(port)}
      }`,
  }));
}

/** The address haproxy connects from, so that it can be told from its clients. */
export const HAPROXY_ADDRESS = "127.0.0.2";

/** In mode http, with the spelling of `Content-Length` that librtmp looks for. */
export function startHttpHaproxy(serverPort: number): Promise<RunningProxy> {
  return haproxyWith(
    (port) => `
    global
      h1-case-adjust content-length Content-Length
    defaults
      mode http
      timeout connect 5s
      timeout client 1m
      timeout server 1m
    listen http
      option h1-case-adjust-bogus-client
      bind 127.0.0.1:${port}
      server one 127.0.0.1:${serverPort}`,
  );
}

/** In mode tcp, which says in a PROXY protocol header whose connection it is. */
export function startTcpHaproxy(serverPort: number, version: 1 | 2): Promise<RunningProxy> {
  return haproxyWith(
    (port) => `
    defaults
      mode tcp
      timeout connect 5s
      timeout client 1m
      timeout server 1m
    listen tcp
      bind 127.0.0.1:${port}
      server one 127.0.0.1:${serverPort} source ${HAPROXY_ADDRESS} ${version === 1 ? "send-proxy" : "send-proxy-v2"}`,
  );
}

/** As docs/transports.md advises for several nodes: whose session it is, is what the path says. By the nodes' names and ports. */
export function startNodeHaproxy(nodes: ReadonlyMap<string, number>): Promise<RunningProxy> {
  const lines = [...nodes].flatMap(([name, serverPort]) => [
    `server ${name} 127.0.0.1:${serverPort}`,
    `use-server ${name} if { path_reg ^/(send|idle|close)/${name} }`,
  ]);
  return haproxyWith(
    (port) => `
    global
      h1-case-adjust content-length Content-Length
    defaults
      mode http
      timeout connect 5s
      timeout client 1m
      timeout server 1m
    frontend http
      option h1-case-adjust-bogus-client
      bind 127.0.0.1:${port}
      default_backend headgate
    backend headgate
      ${lines.join("\n      ")}`,
  );
}

/** The same with nginx. */
export function startNodeNginx(nodes: ReadonlyMap<string, number>): Promise<RunningProxy> {
  const servers = [...nodes].map(([name, serverPort]) => ({
    name,
    server: `server 127.0.0.1:${serverPort};`,
  }));
  return nginxWith(
    (port) => `
    ${servers.map(({ name, server }) => `upstream ${name} { ${server} keepalive 64; }`).join("\n")}
    upstream every { ${servers.map(({ server }) => server).join(" ")} keepalive 64; }
    map $uri $node {
      default every;
      ${servers.map(({ name }) => `~^/(send|idle|close)/${name} ${name};`).join("\n")}
    }
    server {
      listen 127.0.0.1:${port};
      location / {
        proxy_pass http://$node;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_buffering off;
        proxy_request_buffering off;
      }
    }`,
  );
}

/** Servers of which the second takes clients while the first is not ready, as their ports for media say. */
export function startUpdatingHaproxy(ports: readonly [number, number]): Promise<RunningProxy> {
  const [first, second] = ports.map(
    (serverPort, index) => `server s${index} 127.0.0.1:${serverPort} check inter 100ms fall 1 rise 1`,
  );
  return haproxyWith(
    (port) => `
    defaults
      mode tcp
      timeout connect 5s
      timeout client 1m
      timeout server 1m
    listen headgate
      bind 127.0.0.1:${port}
      option httpchk GET /readyz
      ${first}
      ${second} backup`,
  );
}

function haproxyWith(config: (port: number) => string): Promise<RunningProxy> {
  return start("haproxy", "haproxy.cfg", (port) => ({
    args: (file) => ["-db", "-f", file],
    config: `${config(port)}\n`,
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
): Promise<RunningProxy> {
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
