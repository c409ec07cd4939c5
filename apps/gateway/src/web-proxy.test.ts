import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { WebProxy } from "./web-proxy.ts";

const PEER = { isSecure: true, remoteAddress: "192.0.2.7", remotePort: 1, clientOf: () => undefined };

const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** The port of a proxy before a web server that does this. */
async function proxyBefore(
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<number> {
  const port = await listening(createServer(onRequest));
  return proxyTo(port);
}

async function proxyTo(port: number): Promise<number> {
  const proxy = new WebProxy(new URL(`http://127.0.0.1:${port}`));
  ends.push(() => proxy.close());
  return listening(createServer((request, response) => proxy.handle(request, response, PEER)));
}

/** All that a client gets until the connection ends. */
async function replyTo(port: number, request: string): Promise<string> {
  const client = connect(port, "127.0.0.1");
  let reply = "";
  client.on("data", (bytes) => {
    reply += bytes;
  });
  client.on("error", () => {});
  client.write(request);
  await once(client, "close");
  return reply;
}

test("a request arrives as it was, with whom it is from, and the reply comes back", async () => {
  const port = await proxyBefore(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    const { method, url, headers } = request;
    response.writeHead(201, { "X-Own": "yes", "Keep-Alive": "timeout=7", "Set-Cookie": ["a=1", "b=2"] });
    response.end(JSON.stringify({ method, url, headers, body }));
  });
  const lines = [
    "PUT /page?x=1 HTTP/1.1",
    "Host: example.com",
    "X-Forwarded-For: 198.51.100.1",
    "Cookie: c=3",
  ];
  const hops = ["Connection: close, X-Hop", "X-Hop: 1", "TE: trailers", "Content-Length: 5"];
  const reply = await replyTo(port, `${[...lines, ...hops].join("\r\n")}\r\n\r\nhello`);
  expect(reply).toMatch(/^HTTP\/1\.1 201 /);
  expect(reply).toContain("set-cookie: a=1\r\nset-cookie: b=2");
  expect(reply).not.toContain("timeout=7");
  const seen = JSON.parse(/\{.*\}/.exec(reply)![0]);
  expect(seen).toMatchObject({ method: "PUT", url: "/page?x=1", body: "hello" });
  expect(seen.headers).toMatchObject({
    host: "example.com",
    cookie: "c=3",
    "x-forwarded-for": "198.51.100.1, 192.0.2.7",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "example.com",
  });
  expect(Object.keys(seen.headers)).not.toContain("x-hop");
  expect(Object.keys(seen.headers)).not.toContain("te");
});

test("a whole URL leads to the one web server there is, and nowhere else", async () => {
  const port = await proxyBefore(({ url }, response) => response.end(`path ${url}`));
  const reply = await replyTo(
    port,
    "GET http://10.0.0.1/secret HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
  );
  expect(reply).toContain("path /secret");
});

test.each(["TRACE"])("%s is refused", async (method) => {
  const port = await proxyBefore((_, response) => response.end("reached"));
  expect(await replyTo(port, `${method} / HTTP/1.1\r\nHost: x\r\n\r\n`)).toMatch(/^HTTP\/1\.1 405 /);
});

test("a web server that is not there is told of, with 502", async () => {
  const gone = createServer();
  const port = await listening(gone);
  gone.close();
  const reply = await replyTo(await proxyTo(port), "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  expect(reply).toMatch(/^HTTP\/1\.1 502 /);
  expect(reply).toContain("The web server cannot be reached.");
});

test("a reply that ends half-way ends the client's connection, too", async () => {
  const port = await proxyBefore((_, response) => {
    response.writeHead(200, { "Content-Length": 100 });
    response.write("half");
    setImmediate(() => response.destroy());
  });
  const reply = await replyTo(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  expect(reply).toMatch(/half$/);
});

test("a client that goes takes its request with it", async () => {
  let gone: Promise<unknown> | undefined;
  const port = await proxyBefore((_, response) => {
    gone = once(response, "close");
  });
  const client = connect(port, "127.0.0.1");
  client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  while (!gone) await new Promise((resolve) => setImmediate(resolve));
  client.destroy();
  await gone;
});

test("a body of any length goes through piece by piece", async () => {
  const port = await proxyBefore(async (request, response) => {
    let length = 0;
    for await (const piece of request) length += piece.length;
    response.end(`got ${length}`);
  });
  const head = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 20000000\r\n\r\n";
  expect(await replyTo(port, head + "x".repeat(20_000_000))).toContain("got 20000000");
});
