import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import {
  type AddressInfo,
  connect,
  createServer as createRawServer,
  type Server as RawServer,
} from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { HttpPeer } from "@headgate/http";
import type { FastifyPluginCallback } from "fastify";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { MAX_HEADER_LINES } from "./limits.ts";
import { ReadAhead } from "./read-ahead.ts";
import { RequestPlaces } from "./request-places.ts";
import { TestHttpServer } from "./test-http-server.test.helper.ts";
import {
  MAX_REQUESTS_PER_ADDRESS,
  MAX_WAITING_PER_ADDRESS,
  READ_AHEAD_BYTES,
  READER_CHECK_MS,
  SILENCE_MS,
} from "./web-limits.ts";

const PEER: HttpPeer = { isSecure: true, remoteAddress: "192.0.2.7", remotePort: 1 };

let ends: (() => unknown)[] = [];
let faults: string[] = [];
let lines: { code?: string; reason?: string; requests?: number }[] = [];

beforeEach(() => {
  [ends, lines, faults] = [[], [], []];
});

afterEach(async () => {
  vi.useRealTimers();
  for (const end of ends.toReversed()) await end();
  vi.restoreAllMocks();
});

/** The machine may be busy. */
function until<Value>(read: () => Value): ReturnType<typeof expect.poll<Value>> {
  return expect.poll(read, { timeout: 15_000, interval: 2 });
}

async function portOf(server: Server | RawServer): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ends.push(() => {
    server.close();
    if ("closeAllConnections" in server) server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

function proxyServer(port: number, routes: readonly FastifyPluginCallback[] = []): TestHttpServer {
  const ownLines = lines;
  const write = (line: string): void => {
    ownLines.push(JSON.parse(line));
  };
  const proxy = new TestHttpServer({
    routes,
    webServer: new URL(`http://127.0.0.1:${port}`),
    faults: {
      report: (scope, error) => faults.push(`${scope}: ${(error as Error).message}`),
      unrecoverable: (error) => expect.unreachable(String(error)),
    },
    log: pino({}, { write }),
  });
  ends.push(() => proxy.close());
  return proxy;
}

/** The port of a proxy before a web server. */
function proxyTo(port: number, peer: HttpPeer = PEER): Promise<number> {
  return proxyServer(port).listen(peer);
}

async function proxyBefore(onRequest: RequestListener): Promise<number> {
  return proxyTo(await portOf(createServer(onRequest)));
}

/** The port of a proxy before a web server that answers each request with these bytes, and ends the connection. */
async function proxyBeforeBytes(reply: string): Promise<number> {
  const server = createRawServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(reply, "latin1"));
  });
  return proxyTo(await portOf(server));
}

interface Client {
  readonly text: () => string;
  readonly write: (text: string) => void;
  readonly destroy: () => void;
  readonly closed: Promise<string>;
}

function client(port: number, said: string): Client {
  const socket = connect(port, "127.0.0.1");
  ends.push(() => socket.destroy());
  let text = "";
  socket.on("data", (bytes) => {
    text += bytes.toString("latin1");
  });
  socket.on("error", () => {});
  socket.write(said, "latin1");
  return {
    text: () => text,
    write: (more) => socket.write(more, "latin1"),
    destroy: () => socket.destroy(),
    closed: new Promise((resolve) => socket.once("close", () => resolve(text))),
  };
}

/** All that a client gets until the connection ends. */
function replyTo(port: number, said: string): Promise<string> {
  return client(port, said).closed;
}

const get = (path: string, ...fields: string[]): string =>
  `${[`GET ${path} HTTP/1.1`, "Host: x", "Connection: close", ...fields].join("\r\n")}\r\n\r\n`;

/** A web server that says what it was asked. */
const echo: RequestListener = async (request, response) => {
  let body = "";
  try {
    for await (const piece of request) body += piece;
  } catch {
    return;
  }
  const { method, url, headers } = request;
  response.end(JSON.stringify({ method, url, headers, body }));
};

const echoed = (reply: string) => JSON.parse(/\{.*\}/.exec(reply)![0]);

describe("a route that does not answer itself", () => {
  const routes: FastifyPluginCallback = (server, _, done) => {
    server.get("/feature", (_request, reply) => reply.callNotFound());
    server.post("/feature", async (_request, reply) => reply.callNotFound());
    done();
  };

  const askFeature = async (said: string) => {
    const port = await portOf(createServer(echo));
    return replyTo(await proxyServer(port, [routes]).listen(PEER), said);
  };

  test("leaves the request to the web server", async () => {
    expect(echoed(await askFeature(get("/feature?x=1")))).toMatchObject({
      method: "GET",
      url: "/feature?x=1",
    });
    expect(faults).toEqual([]);
  });

  test("leaves a body to it, too", async () => {
    const head = "POST /feature HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json";
    const reply = await askFeature(`${head}\r\nContent-Length: 7\r\n\r\n{"a":1}`);
    expect(JSON.parse(/\{.*\}/.exec(reply)![0])).toMatchObject({ method: "POST", body: '{"a":1}' });
    expect(faults).toEqual([]);
  });

  test("leaves nothing to it that two servers might read differently", async () => {
    const reply = await askFeature(get("/feature", "Content-Length: 1").replace(/$/, "x"));
    expect(reply).toMatch(/^HTTP\/1\.1 400 /);
    expect(reply).toContain("GET requests with a body are not passed on.");
  });
});

describe("a request", () => {
  test("arrives as it was, with whom it is from, and the reply comes back", async () => {
    const port = await proxyBefore((request, response) => {
      response.writeHead(201, { "X-Own": "yes", "Keep-Alive": "timeout=7", "Set-Cookie": ["a=1", "b=2"] });
      return echo(request, response);
    });
    const lines = ["PUT /page?x=1 HTTP/1.1", "Host: example.com", "Cookie: c=3", "Content-Type: odd"];
    const hops = ["Connection: close, X-Hop", "X-Hop: 1", "TE: trailers", "Content-Length: 5"];
    const reply = await replyTo(port, `${[...lines, ...hops].join("\r\n")}\r\n\r\nhello`);
    expect(reply).toMatch(/^HTTP\/1\.1 201 /);
    expect(reply).toContain("set-cookie: a=1\r\nset-cookie: b=2");
    expect(reply).not.toContain("timeout=7");
    const seen = echoed(reply);
    expect(seen).toMatchObject({ method: "PUT", url: "/page?x=1", body: "hello" });
    expect(seen.headers).toMatchObject({
      host: "example.com",
      cookie: "c=3",
      "content-type": "odd",
      "x-forwarded-for": "192.0.2.7",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "example.com",
    });
    expect(Object.keys(seen.headers)).not.toContain("x-hop");
    expect(Object.keys(seen.headers)).not.toContain("te");
  });

  test("cannot say itself whose it is", async () => {
    const port = await proxyBefore(echo);
    const claims = [
      "X-Forwarded-For: 198.51.100.1",
      "X-Forwarded-Proto: ftp",
      "X-Forwarded-Host: bank.example",
      "X-Forwarded-Port: 1",
      "X_Forwarded_For: 198.51.100.1",
      "X-Real-IP: 198.51.100.1",
      "Forwarded: for=198.51.100.1",
    ];
    const { headers } = echoed(await replyTo(port, get("/", ...claims)));
    expect(JSON.stringify(headers)).not.toMatch(/198\.51|ftp|bank/);
    expect(headers["x-forwarded-for"]).toBe("192.0.2.7");
  });

  test("has the addresses that a trusted proxy says before that of the proxy, and nothing of another header", async () => {
    const hopsOf = () => ["198.51.100.1", "10.0.0.2"];
    const port = await proxyTo(await portOf(createServer(echo)), { ...PEER, hopsOf });
    const claims = ["Forwarded: for=203.0.113.1", "X_Real_IP: 203.0.113.1", "X-Real-IP: 198.51.100.1"];
    const { headers } = echoed(await replyTo(port, get("/", "X-Forwarded-For: 203.0.113.1", ...claims)));
    expect(headers["x-forwarded-for"]).toBe("198.51.100.1, 10.0.0.2, 192.0.2.7");
    expect(headers["x-real-ip"]).toBe("198.51.100.1");
    expect(JSON.stringify(headers)).not.toContain("203.0.113.1");
  });

  test("has them before its own headers, of which a server may not read all", async () => {
    let head = "";
    const server = createRawServer((socket) => {
      socket.on("data", (bytes) => {
        head += bytes.toString("latin1");
        if (head.endsWith("\r\n\r\n")) socket.end("HTTP/1.1 204 No Content\r\n\r\n");
      });
    });
    const port = await proxyTo(await portOf(server));
    const fields = Array.from({ length: MAX_HEADER_LINES - 10 }, (_, index) => `X${index}: 1`);
    expect(await replyTo(port, get("/", ...fields))).toMatch(/^HTTP\/1\.1 204 /);
    const names = head.split("\r\n").map((line) => line.split(":")[0]);
    expect(names).toContain(`x${fields.length - 1}`);
    expect(names.indexOf("x-forwarded-for")).toBeLessThan(names.indexOf("x0"));
  });

  test.each([
    ["http://10.0.0.1/secret?a=/b", "/secret?a=/b"],
    ["http://10.0.0.1?a", "/?a"],
    ["//other/x", "//other/x"],
    ["/a/./b%2e/..%2fc;d?e=%zz\\{}", "/a/./b%2e/..%2fc;d?e=%zz\\{}"],
  ])("for %s is for %s of the one web server there is", async (target, path) => {
    const port = await proxyBefore(({ url }, response) => response.end(`path ${url}`));
    expect(await replyTo(port, get(target))).toContain(`path ${path}`);
  });

  test.each(["PROPFIND", "DELETE", "OPTIONS", "REPORT", "PATCH"])("%s may have a body", async (method) => {
    const port = await proxyBefore(echo);
    const head = `${method} /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n`;
    for (const body of [
      "Content-Length: 5\r\n\r\nhello",
      "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ])
      expect(echoed(await replyTo(port, head + body))).toMatchObject({ method, body: "hello" });
  });

  test.each([
    ["TRACE / HTTP/1.1", "Host: x", 405],
    ["OPTIONS * HTTP/1.1", "Host: x", 400],
    ["GET /a#b HTTP/1.1", "Host: x", 400],
    ["GET / HTTP/1.1", "Host: x\r\nHost: y", 400],
    ["GET / HTTP/1.1", "Host: x/y", 400],
    ["GET / HTTP/1.1", "Host: x\r\nContent-Length: 1", 400],
    ["HEAD / HTTP/1.1", "Host: x\r\nTransfer-Encoding: chunked", 400],
    ["POST / HTTP/1.1", "Host: x\r\nTransfer-Encoding: gzip, chunked", 501],
    ["POST / HTTP/1.0", "Host: x\r\nTransfer-Encoding: chunked", 400],
    ["POST / HTTP/1.1", "Host: x\r\nConnection: Content-Length\r\nContent-Length: 1", 400],
    ["GET / HTTP/1.1", "Host: x\r\nConnection: close, x-forwarded-for", 400],
    ["GET / HTTP/2.0", "Host: x", 505],
  ])("%s with %j is refused with %i, and its connection ends", async (line, fields, status) => {
    const reached = vi.fn();
    const port = await proxyBefore(reached);
    const reply = await replyTo(port, `${line}\r\n${fields}\r\n\r\n`);
    expect(reply).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(reached).not.toHaveBeenCalled();
  });

  test("with a body of any length goes through piece by piece", async () => {
    const port = await proxyBefore(async (request, response) => {
      let length = 0;
      for await (const piece of request) length += piece.length;
      response.end(`got ${length}`);
    });
    const head = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 20000000\r\n\r\n";
    expect(await replyTo(port, head + "x".repeat(20_000_000))).toContain("got 20000000");
  });

  test("that its client leaves is taken back", async () => {
    let gone: Promise<unknown> | undefined;
    const port = await proxyBefore((_, response) => {
      gone = once(response, "close");
    });
    const { destroy } = client(port, get("/"));
    await until(() => gone !== undefined).toBe(true);
    destroy();
    await gone;
    expect(lines).toEqual([]);
  });

  test("of a slow client reaches the web server when it is whole, or longer than is read ahead", async () => {
    const asked: string[] = [];
    const port = await proxyBefore((request, response) => {
      asked.push(request.url ?? "");
      echo(request, response);
    });
    const head = (path: string, length: number): string =>
      `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`;
    const slow = Array.from({ length: 2 * MAX_REQUESTS_PER_ADDRESS }, () =>
      client(port, `${head("/slow", 9)}abc`),
    );
    expect(await replyTo(port, get("/quick"))).toContain("/quick");
    const long = client(port, head("/long", 1_000_000) + "x".repeat(3 * READ_AHEAD_BYTES));
    await until(() => asked).toEqual(["/quick", "/long"]);
    long.destroy();
    slow[0]!.write("defghi");
    expect(echoed(await slow[0]!.closed).body).toBe("abcdefghi");
    slow[1]!.destroy();
    expect(asked.filter((path) => path === "/slow")).toEqual(["/slow"]);
    expect(lines).toEqual([]);
  });
});

describe("requests", () => {
  test("of one connection are passed on one after the other", async () => {
    let most = 0;
    let now = 0;
    const port = await proxyBefore((request, response) => {
      now += 1;
      most = Math.max(most, now);
      setTimeout(() => {
        now -= 1;
        response.end(`<${request.url}>`);
      }, 5);
    });
    const paths = Array.from({ length: 20 }, (_, index) => `/${index}`);
    const pipelined = paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join("");
    const { text } = client(port, pipelined);
    await until(() => text().match(/<[^>]*>/g)).toEqual(paths.map((path) => `<${path}>`));
    expect(most).toBe(1);
  });

  test("of one address do not keep those of another from the web server, and too many are refused", async () => {
    const port = await portOf(createServer(({ url }, response) => url === "/quick" && response.end("quick")));
    const proxy = proxyServer(port);
    const slow = await proxy.listen({ ...PEER, remoteAddress: "192.0.2.1" });
    const quick = await proxy.listen({ ...PEER, remoteAddress: "192.0.2.2" });
    const count = MAX_REQUESTS_PER_ADDRESS + MAX_WAITING_PER_ADDRESS + 1;
    const held = Array.from({ length: count }, () => client(slow, get("/held")));
    await until(() => held.filter(({ text }) => text().startsWith("HTTP/1.1 503 ")).length).toBe(1);
    expect(await replyTo(quick, get("/quick"))).toContain("quick");
  });
});

describe("a web server", () => {
  test("that is not there is told of with 502, and in one line of the log", async () => {
    const gone = createServer();
    const port = await portOf(gone);
    gone.close();
    const proxy = await proxyTo(port);
    for (let i = 0; i < 30; i += 1) {
      const reply = await replyTo(proxy, get("/?key=secret"));
      expect(reply).toMatch(/^HTTP\/1\.1 502 /);
      expect(reply).toContain("The web server cannot be reached");
    }
    expect(lines).toMatchObject([{ code: "WEB_SERVER_FAILED", reason: "ECONNREFUSED" }]);
    expect(JSON.stringify(lines)).not.toContain("secret");
  });

  test.each([
    ["a status below 100", "HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n"],
    ["status 000", "HTTP/1.1 000 X\r\n\r\n"],
    ["status 999", "HTTP/1.1 999 X\r\nSet-Cookie: a\r\nContent-Length: 3\r\n\r\nabc"],
    ["status 1000", "HTTP/1.1 1000 X\r\n\r\n"],
    ["an upgrade that nobody asked for", "HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nabc"],
    ["100 Continue and no more", "HTTP/1.1 100 Continue\r\n\r\n"],
    ["early hints and no more", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(10_000)],
    ["a head of a megabyte", `HTTP/1.1 200 OK\r\nX: ${"a".repeat(1024 * 1024)}\r\n\r\n`],
    ["a head of many lines", `HTTP/1.1 200 OK\r\n${"X: a\r\n".repeat(100_000)}\r\n`],
    ["half a head", "HTTP/1.1 200 OK\r\nContent-"],
    ["a control character", "HTTP/1.1 200 OK\r\nX: a\x01b\r\nContent-Length: 0\r\n\r\n"],
    ["a header without a name", "HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 0\r\n\r\n"],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
    ["a length that is none", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"],
    ["a bad chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"],
    ["garbage", "\0\0\0\0garbage\r\n\r\n"],
    ["nothing", ""],
  ])("that says %s is told of with 502", async (_, bytes) => {
    const port = await proxyBeforeBytes(bytes);
    for (const method of ["GET", "POST"]) {
      const request = `${method} / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
      const reply = await replyTo(port, request);
      expect(reply).toMatch(/^HTTP\/1\.1 502 /);
      expect(reply).not.toContain("set-cookie");
    }
    expect(lines).toMatchObject([{ code: "WEB_SERVER_FAILED" }]);
  });

  test.each([
    [
      "hints first",
      "HTTP/1.1 103 X\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
      /200 OK[\s\S]*ok$/,
    ],
    [
      "a second reply",
      `${"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"}HTTP/1.1 200 OK\r\n\r\nevil`,
      /200 OK[\s\S]*ok$/,
    ],
    ["no length", "HTTP/1.0 200 OK\r\n\r\nbody", /200 OK[\s\S]*body/],
    [
      "304 with a length",
      "HTTP/1.1 304 X\r\nContent-Length: 3\r\nETag: a\r\n\r\n",
      /304 Not[\s\S]*etag: a[\s\S]*\r\n\r\n$/,
    ],
    ["204 with a body", "HTTP/1.1 204 X\r\nContent-Length: 3\r\n\r\nabc", /204 No Content[\s\S]*\r\n\r\n$/],
    ["Latin-1", "HTTP/1.1 200 \x80\r\nX: \x80\xff\r\nContent-Length: 0\r\n\r\n", /x: \x80\xff\r\n/],
    [
      "Connection: content-length",
      "HTTP/1.1 200 OK\r\nConnection: content-length\r\nContent-Length: 2\r\n\r\nok",
      /ok$/,
    ],
    [
      "a header twice",
      "HTTP/1.1 200 OK\r\nDate: a\r\nDate: b\r\nContent-Length: 0\r\n\r\n",
      /date: a\r\ndate: b/,
    ],
  ])("that says %s is understood", async (_, bytes, expected) => {
    const reply = await replyTo(await proxyBeforeBytes(bytes), get("/"));
    expect(reply).toMatch(expected);
    expect(reply).not.toContain("evil");
    expect(lines).toEqual([]);
  });

  test.each([
    ["length", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", /half$/],
    ["chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", /half\r\n$/],
  ])("whose reply ends half-way ends the client's connection, too: %s", async (_, bytes, expected) => {
    const port = await proxyBeforeBytes(bytes);
    expect(await replyTo(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")).toMatch(expected);
    expect(lines).toMatchObject([{ code: "WEB_SERVER_FAILED" }]);
  });

  test("that answers before the request has ended is heard, and the connection goes on", async () => {
    const port = await proxyBefore((request, response) => {
      if (request.method === "GET") response.end("next");
      else response.writeHead(413, { "Content-Length": 4 }).end("long");
    });
    const long = client(port, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n");
    long.write("x".repeat(1_000_000));
    await until(() => long.text()).toMatch(/^HTTP\/1\.1 413 [\s\S]*long$/);
    long.write("x".repeat(4_000_000) + get("/"));
    expect(await long.closed).toMatch(/next$/);
  });

  test("that never begins its reply, or only ever hints, is told of with 504 in time", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const hints = createRawServer((socket) => {
      socket.on("error", () => {});
      const write = (): void => {
        if (!socket.destroyed) socket.write("HTTP/1.1 103 Early Hints\r\n\r\n", () => setImmediate(write));
      };
      socket.once("data", write);
    });
    const ports = [await proxyBefore(() => {}), await proxyTo(await portOf(hints))];
    const clients = ports.map((port) => client(port, get("/")));
    for (const { text } of clients) {
      const textLater = (): string => {
        vi.advanceTimersByTime(SILENCE_MS / 4);
        return text();
      };
      await until(textLater).toMatch(/^HTTP\/1\.1 504 /);
    }
  });

  test("whose replies are taken slowly keeps nobody waiting for a place beyond that time", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const port = await proxyBefore((_, response) => {
      const timer = setInterval(() => response.write("."), 20);
      response.once("close", () => clearInterval(timer));
    });
    const holding = Array.from({ length: MAX_REQUESTS_PER_ADDRESS }, () => client(port, get("/long")));
    for (const { text } of holding) await until(text).toContain("200 OK");
    const late = client(port, get("/late"));
    const textLater = (): string => {
      vi.advanceTimersByTime(SILENCE_MS / 8);
      return late.text();
    };
    await until(textLater).toMatch(/^HTTP\/1\.1 504 /);
    const taken = holding.map(({ text }) => text().length);
    await until(() => holding.every(({ text }, index) => text().length > taken[index]!)).toBe(true);
  });
});

describe("a client that takes nothing of a long reply", () => {
  /** Returns whether the request is over, after another look at the client. */
  async function setUp(isWanted: boolean): Promise<() => boolean> {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    vi.spyOn(RequestPlaces.prototype, "isWanted").mockReturnValue(isWanted);
    let isOver = false;
    const port = await proxyBefore((_, response) => {
      const write = (): void => {
        while (!response.destroyed && response.write("x".repeat(64 * 1024)));
      };
      response.on("drain", write);
      response.once("close", () => {
        isOver = true;
      });
      write();
    });
    const socket = connect(port, "127.0.0.1").pause();
    ends.push(() => socket.destroy());
    socket.write(get("/"));
    await until(() => vi.getTimerCount()).toBe(1);
    return () => {
      vi.advanceTimersByTime(READER_CHECK_MS);
      return isOver;
    };
  }

  test("loses its place if others want it", async () => {
    const isOver = await setUp(true);
    await until(isOver).toBe(true);
  });

  test("keeps its place while nobody wants it", async () => {
    const isOver = await setUp(false);
    for (let looks = 0; looks < 50; looks += 1) {
      await nextTurn();
      expect(isOver()).toBe(false);
    }
  });
});

describe("a fault of our own", () => {
  const bug = (): never => {
    throw new Error("a bug");
  };

  test.each<[string, () => unknown]>([
    [
      "when the request waits for its place",
      () => vi.spyOn(RequestPlaces.prototype, "enter").mockImplementationOnce(bug),
    ],
    ["when its body is read", () => vi.spyOn(ReadAhead.prototype, "read").mockImplementationOnce(bug)],
    ["when it is passed on", () => vi.spyOn(Object, "entries").mockImplementationOnce(bug)],
  ])("%s ends that request alone, and is counted once", async (_, provoke) => {
    const port = await proxyBefore(echo);
    provoke();
    const broken = await replyTo(port, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
    expect(broken).not.toContain("hello");
    expect(faults).toEqual(["request: a bug"]);
    expect(await replyTo(port, get("/b"))).toMatch(/^HTTP\/1\.1 200 /);
  });
});
