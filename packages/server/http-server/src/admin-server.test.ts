import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { NO_FAULTS } from "@headgate/testkit";
import type { FastifyInstance } from "fastify";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { MAX_ADMIN_CONNECTIONS } from "./admin-places.ts";
import { createAdminServer } from "./admin-server.ts";
import { health } from "./health.ts";
import { MAX_REQUESTS_OF_ALL_PER_TURN } from "./limits.ts";
import { FREE_FOR_ONE_MORE } from "./web-limits.ts";

/** The requests for `/name`, and the most of them in one turn of the event loop. */
const asked = { count: 0, now: 0, most: 0 };

function noteAsked(): void {
  if (asked.now === 0)
    setImmediate(() => {
      asked.now = 0;
    });
  asked.now += 1;
  asked.count += 1;
  asked.most = Math.max(asked.most, asked.now);
}

const GET = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/** Of one address. */
const SHARE = MAX_ADMIN_CONNECTIONS / (FREE_FOR_ONE_MORE + 1);

const NAME = "live/a\u009b2J\u202e\u2028\u007f\u{1d173}ä";

const server = createAdminServer({
  faults: NO_FAULTS,
  names: () => [],
  routes: [
    health("1.2.3", () => "ok"),
    (app, _, done) => {
      app.get("/name", () => {
        noteAsked();
        return { name: NAME };
      });
      done();
    },
  ],
});

const sockets: Socket[] = [];

beforeAll(async () => {
  await server.listen({ host: "127.0.0.1", port: 0 });
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(() => server.close());

function client(localAddress = "127.0.0.1", at = server): Socket {
  const { port } = at.server.address() as AddressInfo;
  const socket = connect({ port, host: "127.0.0.1", localAddress });
  sockets.push(socket);
  socket.on("error", () => {});
  return socket.resume();
}

/** All that a client gets until the connection ends. */
async function replyTo(said: string, localAddress?: string, at?: FastifyInstance): Promise<string> {
  const socket = client(localAddress, at);
  let text = "";
  socket.on("data", (bytes) => {
    text += bytes;
  });
  socket.write(said);
  await once(socket, "close");
  return text;
}

test("it has the routes that it was given and nothing else", async () => {
  expect((await server.inject("/healthz")).statusCode).toBe(200);
  expect((await server.inject("/")).statusCode).toBe(404);
  expect((await server.inject({ method: "POST", url: "/healthz" })).statusCode).toBe(404);
});

test("names that peers have given are spelled out where they have control characters, and are the same names", async () => {
  const reply = await server.inject("/name");
  expect(reply.body).toMatch(/^[\x20-\x7e]*$/);
  expect(reply.json().name).toBe(NAME);
});

test("of many requests at once few are handled in a turn, and all are answered", async () => {
  Object.assign(asked, { count: 0, now: 0, most: 0 });
  const get = (fields: string) => `GET /name HTTP/1.1\r\nHost: localhost\r\n${fields}\r\n`;
  const flood = get("").repeat(1_000) + get("Connection: close\r\n");
  const texts = await Promise.all(Array.from({ length: 5 }, () => replyTo(flood)));
  const replies = texts.map((text) => text.match(/HTTP\/1\.1 200 /g)?.length);
  expect([replies, asked.count]).toEqual([Array(5).fill(1_001), 5 * 1_001]);
  expect(asked.most).toBeLessThanOrEqual(2 * MAX_REQUESTS_OF_ALL_PER_TURN);
});

test.each([
  ["a request without a host", "GET /name HTTP/1.1\r\n\r\n", 400],
  [
    "an expectation that nobody knows",
    "GET /name HTTP/1.1\r\nHost: localhost\r\nExpect: more\r\nConnection: close\r\n\r\n",
    417,
  ],
  ["what is not HTTP", "hello\r\n\r\n", 400],
])("%s is refused", async (_, said, status) => {
  expect(await replyTo(said)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
});

test("connections of one address that are merely open leave room for others, and for new ones of their own", async () => {
  let closed = 0;
  const open = Array.from({ length: MAX_ADMIN_CONNECTIONS + 3 }, () =>
    client("127.0.0.2").on("close", () => {
      closed += 1;
    }),
  );
  await vi.waitFor(() => expect(closed).toBe(open.length - SHARE), { timeout: 5_000 });
  expect(await replyTo(GET)).toMatch(/^HTTP\/1\.1 200 /);
  expect(closed).toBe(open.length - SHARE);
  expect(await replyTo(GET, "127.0.0.2")).toMatch(/^HTTP\/1\.1 200 /);
  expect(closed).toBe(open.length - SHARE + 1);
});

describe("a server that shakes hands first", () => {
  /** The handshakes that have begun, by what ends each. */
  const handshakes: ((secured: Socket | undefined) => void)[] = [];
  const sockets: Socket[] = [];
  const secured = createAdminServer({
    faults: NO_FAULTS,
    names: () => [],
    routes: [health("1.2.3", () => "ok")],
    secure: (socket) => {
      sockets.push(socket);
      return new Promise((resolve) => handshakes.push(resolve));
    },
  });

  beforeAll(async () => {
    await secured.listen({ host: "127.0.0.1", port: 0 });
  });
  afterAll(() => secured.close());

  const dial = (localAddress?: string) => client(localAddress, secured);

  test("answers after that, on the socket that comes of it", async () => {
    const reply = replyTo(GET, "127.0.0.1", secured);
    await vi.waitFor(() => expect(handshakes).toHaveLength(1));
    expect(sockets[0]!.readableFlowing).toBe(null);
    handshakes[0]!(sockets[0]);
    expect(await reply).toMatch(/^HTTP\/1\.1 200 /);
  });

  test("counts those that are still at it", async () => {
    handshakes.length = 0;
    let closed = 0;
    for (let i = 0; i < MAX_ADMIN_CONNECTIONS; i += 1)
      dial("127.0.0.2").on("close", () => {
        closed += 1;
      });
    await vi.waitFor(() => expect(closed).toBe(MAX_ADMIN_CONNECTIONS - SHARE), { timeout: 5_000 });
    expect(handshakes).toHaveLength(MAX_ADMIN_CONNECTIONS);
    // A handshake that fails or comes too late has no consequences.
    for (const end of handshakes) end(undefined);
  });
});
