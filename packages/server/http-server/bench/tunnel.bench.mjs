// What a request of a tunnel costs the server, with an empty reply and with one of 32 KiB. The clients are a process of
// their own, and do as little as possible.
//
//     npx tsc -b && npm run bench -w @headgate/http-server

import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { TUNNEL, TunnelServer } from "@headgate/http";
import { measure, NO_FAULTS } from "@headgate/testkit";
import { pino } from "pino";
import { HttpServer } from "../dist/index.js";

const CONNECTIONS = 8;
const REQUESTS_PER_CONNECTION = 500;

const REPLY = new Uint8Array(32 * 1024);
let answersBytes = false;

function openLink(link) {
  link.open({
    onBytes: () => answersBytes && link.write(REPLY),
    onWritable: () => {},
    onClosed: () => {},
  });
}

const tunnels = new TunnelServer({
  node: "",
  idKey: randomBytes(32),
  maxReplyBytes: TUNNEL.maxReplyBytes.default,
  memory: { tryHold: () => true, release: () => {} },
  faults: NO_FAULTS,
  onLink: openLink,
});
const log = pino({ level: "silent" });
const http = new HttpServer({ tunnels, routes: [], webServer: undefined, faults: NO_FAULTS, log });
await http.ready();
const server = createServer((socket) => {
  const { remoteAddress, remotePort } = socket;
  http.accept(socket, { isSecure: false, remoteAddress, remotePort });
});
await once(server.listen(0, "127.0.0.1"), "listening");

const clients = fork(new URL("tunnel-clients.mjs", import.meta.url));
await once(clients, "message");

async function ask(replyLength) {
  clients.send({ requests: REQUESTS_PER_CONNECTION, bodyLength: 1 + replyLength });
  await once(clients, "message");
}

clients.send({ port: server.address().port, connections: CONNECTIONS });
await once(clients, "message");
const requests = { unit: "requests", count: CONNECTIONS * REQUESTS_PER_CONNECTION };
await measure("an empty reply", requests, () => ask(0));
answersBytes = true;
await measure("a reply of 32 KiB", { ...requests, bytes: requests.count * REPLY.length }, () =>
  ask(REPLY.length),
);

clients.disconnect();
server.close();
await http.close();
