import { once } from "node:events";
import { connect } from "node:net";
import type { FastifyPluginCallback } from "fastify";
import { afterEach, describe, expect, test, vi } from "vitest";
import { health } from "./health.ts";
import type { HttpServerOptions } from "./http-server.ts";
import type { StreamAnswers } from "./stream-routes.ts";
import { TestHttpServer } from "./test-http-server.test.helper.ts";
import { isWebSocket } from "./web-socket-request.ts";

const PEER = { isSecure: false, remoteAddress: "192.0.2.7", remotePort: 4711 };

const HEALTH = health("1.2.3", () => "ok");

let servers: TestHttpServer[] = [];

afterEach(async () => {
  for (const server of servers) await server.close();
  servers = [];
});

function start(options: Partial<HttpServerOptions>): TestHttpServer {
  const server = new TestHttpServer(options);
  servers.push(server);
  return server;
}

/** All that a client gets until the connection ends. */
async function replyTo(request: string, options: Partial<HttpServerOptions> = {}): Promise<string> {
  return talk(await start({ routes: [HEALTH], ...options }).listen(PEER), request);
}

async function talk(port: number, said: string): Promise<string> {
  const client = connect(port, "127.0.0.1");
  let reply = "";
  client.on("data", (bytes) => {
    reply += bytes;
  });
  client.on("error", () => {});
  client.write(said);
  await once(client, "close");
  return reply;
}

test("a browser is told what the port is for", async () => {
  const [head = "", body = ""] = (await replyTo("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).split("\r\n\r\n");
  expect(head).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
  expect(head).toContain(`\r\ncontent-length: ${body.length}\r\n`);
  expect(head).toContain("\r\nconnection: close");
  expect(body).toMatch(/^This port is for RTMP: .+\n$/);
});

test("a route may leave a request to the notice", async () => {
  const routes: FastifyPluginCallback = (server, _, done) => {
    server.get("/feature", (_request, reply) => reply.callNotFound());
    done();
  };
  const reply = await replyTo("GET /feature HTTP/1.1\r\nHost: x\r\n\r\n", { routes: [routes] });
  expect(reply).toMatch(/^HTTP\/1\.1 404 Not Found\r\n[\s\S]+This port is for RTMP/);
});

test("HEAD has no body", async () => {
  expect(await replyTo("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")).toMatch(/\r\n\r\n$/);
});

test("a client that goes in the middle of its body is no fault", async () => {
  const report = vi.fn();
  const server = start({ faults: { report, unrecoverable: report } });
  const client = connect(await server.listen(PEER), "127.0.0.1");
  const head =
    "POST /x HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n";
  client.write(`${head}half`);
  await once(client, "data");
  // `once` of events would take the error that comes first for a failure.
  const closed = new Promise((resolve) => server.accepted[0]!.once("close", resolve));
  client.destroy();
  await closed;
  expect(report).not.toHaveBeenCalled();
});

test("a long request does not cost its sender the reply", async () => {
  const head = "POST /x HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\nContent-Length: 1000000\r\n\r\n";
  expect(await replyTo(head + "x".repeat(1_000_000))).toMatch(/^HTTP\/1\.1 404 /);
});

test.each([
  ["GET", "/healthz", undefined],
  ["GET", "http://gateway.example/healthz?x=1", undefined],
  ["GET", "/healthz", new URL("http://127.0.0.1:9")],
  ["HEAD", "/healthz", new URL("http://127.0.0.1:9")],
  ["GET", "HTTP://gateway.example/healthz", new URL("http://127.0.0.1:9")],
])(
  "a load balancer finds the health it looks for on the port it uses, with %s %s, web server %s",
  async (method, url, webServer) => {
    const request = `${method} ${url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
    const reply = await replyTo(request, { webServer });
    expect(reply).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    if (method === "GET") expect(reply).toContain('"status":"ok"');
  },
);

describe("a route", () => {
  /** Says whose request it is. */
  const WHO: FastifyPluginCallback = (app, _, done) => {
    app.get("/who", ({ peer }) => ({ ...peer, connection: peer.connection.remoteAddress }));
    done();
  };
  const GET = "GET /who HTTP/1.1\r\nHost: x\r\nX-From: 203.0.113.9\r\nConnection: close\r\n\r\n";
  const seen = (reply: string) => JSON.parse(/\{.*\}/.exec(reply)![0]);

  test("knows the client, on whatever port and through whatever proxy", async () => {
    const server = start({ routes: [WHO] });
    const direct = await server.listen({ ...PEER, isSecure: true });
    const connection = "192.0.2.7";
    expect(seen(await talk(direct, GET))).toEqual({
      remoteAddress: "192.0.2.7",
      remotePort: 4711,
      isSecure: true,
      connection,
    });
    const proxied = await server.listen({ ...PEER, hopsOf: (headers) => [String(headers["x-from"])] });
    expect(seen(await talk(proxied, GET))).toEqual({
      remoteAddress: "203.0.113.9",
      remotePort: 0,
      isSecure: false,
      connection,
    });
  });

  test("can be asked without a connection", async () => {
    const { routes } = start({ routes: [WHO] }).http;
    const reply = await routes.inject({ url: "/who", remoteAddress: "198.51.100.3" });
    expect(reply.json()).toMatchObject({ remoteAddress: "198.51.100.3", isSecure: false });
  });

  test("may send a reply that lasts, over the raw response, beside requests of tunnels", async () => {
    const long: FastifyPluginCallback = (app, _, done) => {
      app.get("/long", (__, reply) => {
        reply.hijack();
        reply.raw.writeHead(200, { "content-type": "video/x-flv", connection: "close" });
        const timer = setInterval(() => reply.raw.write("piece"), 5);
        reply.raw.once("close", () => clearInterval(timer));
      });
      done();
    };
    const port = await start({ routes: [long] }).listen(PEER);
    const client = connect(port, "127.0.0.1");
    let text = "";
    client.on("data", (bytes) => {
      text += bytes;
    });
    client.write("POST /send/none/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n\0");
    client.write("GET /long HTTP/1.1\r\nHost: x\r\n\r\n");
    await vi.waitFor(() =>
      expect(text).toMatch(/^HTTP\/1\.1 404 [\s\S]*HTTP\/1\.1 200 [\s\S]*piece[\s\S]*piece/),
    );
    client.destroy();
  });

  test("that fails is answered with 500 and counted, whatever is behind", async () => {
    const bug: FastifyPluginCallback = (app, _, done) => {
      app.get("/bug", () => {
        throw new Error("a bug");
      });
      done();
    };
    const found: string[] = [];
    const faults = {
      report: (scope: string, error: unknown) => found.push(`${scope}: ${(error as Error).message}`),
      unrecoverable: (error: unknown) => expect.unreachable(String(error)),
    };
    for (const webServer of [undefined, new URL("http://127.0.0.1:9")]) {
      const reply = await replyTo("GET /bug HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {
        routes: [bug],
        faults,
        webServer,
      });
      expect(reply).toMatch(/^HTTP\/1\.1 500 /);
    }
    expect(found).toEqual(["request: a bug", "request: a bug"]);
  });
});

test("bytes that are not HTTP end the connection, and do not get into a reply under way", async () => {
  const half: FastifyPluginCallback = (app, _, done) => {
    app.get("/half", (__, reply) => {
      reply.hijack();
      reply.raw.writeHead(200, { "content-length": "10" });
      reply.raw.write("half");
    });
    done();
  };
  const port = await start({ routes: [half] }).listen(PEER);
  const client = connect(port, "127.0.0.1");
  let text = "";
  client.on("data", (bytes) => {
    text += bytes;
    if (text.endsWith("half")) client.write("\0\0\0\0 garbage\r\n\r\n");
  });
  client.on("error", () => {});
  client.write("GET /half HTTP/1.1\r\nHost: x\r\n\r\n");
  await once(client, "close");
  expect(text).toMatch(/^HTTP\/1\.1 200 [\s\S]*half$/);
  expect(await talk(port, "GET / HTTP/1.1\r\nHost x\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
});

test.each([
  ["a request without a host", "", 400],
  ["an expectation that nobody knows", "Host: x\r\nExpect: more\r\nConnection: close\r\n", 417],
  ["a request without a host that waits", "Expect: 100-continue\r\n", 400],
])("%s is refused, whatever is behind", async (_, fields, status) => {
  for (const webServer of [undefined, new URL("http://127.0.0.1:9")])
    for (const path of ["GET /", "POST /open/1"]) {
      const reply = await replyTo(`${path} HTTP/1.1\r\n${fields}\r\n`, { webServer });
      expect(reply).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    }
});

test("a client that waits before it sends its body is told to go on", async () => {
  const head = "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n";
  expect(await replyTo(`${head}a`)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 404 /);
});

test("HTTP/1.0 has no host", async () => {
  expect(await replyTo("GET /healthz HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 /);
});

/** Opens WebSockets at /echo, and sends back what it gets, after the address of the client. */
const ECHO: StreamAnswers = {
  isAsked: () => true,
  takesWebSocket: (path) => path === "echo",
  answer: async (request, reply) => {
    const isOpened = isWebSocket(request.raw) && request.params["*"] === "echo";
    if (!isOpened) {
      reply.send("no WebSocket\n");
      return true;
    }
    reply.hijack();
    const { socket } = request.raw;
    socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
    socket.write(`${request.peer.remoteAddress}\n`);
    socket.on("data", (bytes) => socket.write(bytes));
    return true;
  },
};

const UPGRADE = "Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

test("a WebSocket takes over a connection with all that follows the request", async () => {
  const port = await start({ streams: [ECHO], routes: [HEALTH] }).listen(PEER);
  const client = connect(port, "127.0.0.1");
  let text = "";
  client.on("data", (bytes) => {
    text += bytes;
  });
  const said = Array.from({ length: 9_999 }, (_, index) => `<${index}>`).join("");
  client.write(`GET /echo HTTP/1.1\r\n${UPGRADE}${said}`);
  const others = Array.from({ length: 20 }, () =>
    talk(port, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
  );
  for (const reply of await Promise.all(others)) expect(reply).toMatch(/^HTTP\/1\.1 200 /);
  client.write("the end");
  await vi.waitFor(() => expect(text).toMatch(/the end$/), 10_000);
  expect(text.split("\r\n\r\n")[1]).toBe(`192.0.2.7\n${said}the end`);
  client.destroy();
});

test.each([
  ["GET /other HTTP/1.1", UPGRADE],
  ["GET /%zz HTTP/1.1", UPGRADE],
  ["POST /echo HTTP/1.1", UPGRADE],
  ["GET /echo HTTP/1.1", UPGRADE.replace("websocket", "h2c")],
])("%s that asks for another protocol is answered as if it had not", async (line, fields) => {
  const reply = await replyTo(`${line}\r\n${fields.replace("Connection: ", "Connection: close, ")}`, {
    streams: [ECHO],
  });
  expect(reply).toMatch(/^HTTP\/1\.1 (200|400) /);
});
