import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { NO_FAULTS } from "@headgate/testkit";
import { pino } from "pino";
import { expect, test } from "vitest";
import { createPublicServer } from "./public-server.ts";

const PEER = { isSecure: false, remoteAddress: "192.0.2.7", remotePort: 1 };

/** All that a client gets until the connection ends. */
async function replyTo(request: string, webServer?: URL): Promise<string> {
  const log = pino({ level: "silent" });
  const app = await createPublicServer({ status: () => "ok", webServer, faults: NO_FAULTS, log });
  const server = createServer((incoming, response) => app.handle(incoming, response, PEER));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  let reply = "";
  client.on("data", (bytes) => {
    reply += bytes;
  });
  client.write(request);
  await once(client, "close");
  server.close();
  await app.close();
  return reply;
}

test("a browser is told what the port is for", async () => {
  const [head = "", body = ""] = (await replyTo("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).split("\r\n\r\n");
  expect(head).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
  expect(head).toContain(`\r\ncontent-length: ${body.length}\r\n`);
  expect(head).toContain("\r\nconnection: close");
  expect(body).toMatch(/^This port is for RTMP: .+\n$/);
});

test("HEAD has no body", async () => {
  expect(await replyTo("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")).toMatch(/\r\n\r\n$/);
});

test("a long request does not cost its sender the reply", async () => {
  const head = "POST /x HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\nContent-Length: 1000000\r\n\r\n";
  expect(await replyTo(head + "x".repeat(1_000_000))).toMatch(/^HTTP\/1\.1 404 /);
});

test.each([
  ["/healthz", undefined],
  ["http://gateway.example/healthz?x=1", undefined],
  ["/healthz", new URL("http://127.0.0.1:9")],
  ["HTTP://gateway.example/healthz", new URL("http://127.0.0.1:9")],
])(
  "a load balancer finds the health it looks for on the port it uses, as %s, web server %s",
  async (url, webServer) => {
    const reply = await replyTo(`GET ${url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, webServer);
    expect(reply).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(reply).toContain('"status":"ok"');
  },
);
