import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Child } from "./child-processes.ts";
import { freePort, type HeadgateServer } from "./headgate-server.ts";

/** The address haproxy connects from, so that it can be told from its clients. */
export const HAPROXY_ADDRESS = "127.0.0.2";

/** haproxy in mode tcp before a listener of the server, with a PROXY protocol header on each connection. */
export interface Haproxy {
  readonly child: Child;
  /** By version of the header. */
  readonly ports: { readonly v1: number; readonly v2: number };
}

export async function startHaproxy(server: HeadgateServer, listener: number): Promise<Haproxy> {
  const ports = { v1: await freePort(), v2: await freePort() };
  const target = `127.0.0.1:${server.port(listener)} source ${HAPROXY_ADDRESS}`;
  const file = server.file("haproxy.cfg");
  writeFileSync(
    file,
    `defaults
  mode tcp
  timeout connect 5s
  timeout client 1m
  timeout server 1m
listen v1
  bind 127.0.0.1:${ports.v1}
  server one ${target} send-proxy
listen v2
  bind 127.0.0.1:${ports.v2}
  server one ${target} send-proxy-v2
`,
  );
  const child = new Child("haproxy", ["-db", "-f", file]);
  for (let attempt = 0; attempt < 50 && !child.hasExited; attempt += 1) {
    if (await isListening(ports.v2)) return { child, ports };
    await sleep(100);
  }
  throw new Error(`haproxy does not start:\n${child.errors}`);
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
