import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, createServer as createListener, type Socket } from "node:net";
import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { NO_FAULTS } from "@headgate/testkit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { HttpConnections } from "./http-connections.ts";
import {
  FREE_REQUESTS,
  HEADERS_MS,
  KEEP_ALIVE_MS,
  MAX_OPEN_REQUESTS,
  MAX_PARSED_BYTES,
  MAX_PIPELINED_REQUESTS,
  MAX_REQUESTS_OF_ALL_PER_TURN,
  MAX_REQUESTS_PER_TURN,
  MIN_PARSED_BYTES,
  REQUEST_MS,
  UNREAD_MS,
} from "./limits.ts";
import { RequestTurns } from "./request-turns.ts";
import { SMALL_PIECE_BYTES, SMALL_PIECES_PER_SECOND } from "./small-pieces.ts";
import { type CompactServer, TAKES_REQUESTS, takeRequests } from "./take-requests.ts";

const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

let turns: RequestTurns;
const PEER = { remoteAddress: "192.0.2.1" };

let connections: HttpConnections<typeof PEER>;
let server: CompactServer;
let listener: ReturnType<typeof createListener>;
let handle: (request: IncomingMessage, response: ServerResponse) => void;
let accepted: Socket[];
let clients: Socket[];

beforeEach(async () => {
  turns = new RequestTurns();
  [connections, accepted, clients] = [new HttpConnections(NO_FAULTS, turns), [], []];
  handle = (_, response) => response.end("ok");
  server = createServer(TAKES_REQUESTS);
  takeRequests(server, connections, NO_FAULTS, (_, request, response, peer) => {
    if (peer === PEER) handle(request, response);
  });
  listener = createListener((socket) => {
    accepted.push(socket);
    socket.pause();
    server.emit("connection", socket);
    connections.add(socket, PEER, performance.now());
    socket.resume();
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
});

afterEach(() => {
  for (const socket of [...clients, ...accepted]) socket.destroy();
  listener.close();
});

/** The machine may be busy. */
function until<Value>(read: () => Value): ReturnType<typeof expect.poll<Value>> {
  return expect.poll(read, { timeout: 15_000, interval: 2 });
}

async function client(said: string): Promise<{ socket: Socket; text: () => string }> {
  const socket = connect((listener.address() as AddressInfo).port, "127.0.0.1");
  clients.push(socket);
  let text = "";
  socket.setEncoding("latin1").on("error", () => {});
  socket.on("data", (piece: string) => {
    text += piece;
  });
  await once(socket, "connect");
  socket.write(said, "latin1");
  return { socket, text: () => text };
}

const replies = (text: string): number => text.match(/HTTP\/1\.1 200 /g)?.length ?? 0;

test.each([
  ["without a body", GET],
  ["whose body is not looked at", `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc`],
])("any number of requests %s may follow each other", async (_, request) => {
  const { socket, text } = await client("");
  for (let i = 1; i <= 2 * MAX_OPEN_REQUESTS; i += 1) {
    socket.write(request);
    await until(() => replies(text())).toBe(i);
  }
  connections.sweep(performance.now());
  expect(socket.destroyed).toBe(false);
});

test("a connection is not read on while too many of its requests wait, and all are answered", async () => {
  const count = 20_000;
  const waiting: ServerResponse[] = [];
  let most = 0;
  let answered = 0;
  handle = (_, response) => {
    waiting.push(response);
    most = Math.max(most, waiting.length);
  };
  const { text } = await client(GET.repeat(count));
  await until(() => waiting.length).toBeGreaterThanOrEqual(MAX_OPEN_REQUESTS);
  const answerOne = (): void => {
    const response = waiting.shift();
    response?.end("ok");
    if (response) answered += 1;
    if (answered < count) setImmediate(answerOne);
  };
  answerOne();
  await expect.poll(() => replies(text()), { timeout: 60_000, interval: 50 }).toBe(count);
  expect(most).toBeLessThanOrEqual(MAX_OPEN_REQUESTS + MIN_PARSED_BYTES / GET.length);
}, 80_000);

test("of many connections with many requests at once, few are read in a turn", async () => {
  let count = 0;
  let most = 0;
  let now = 0;
  handle = (_, response) => {
    if (now === 0)
      setImmediate(() => {
        now = 0;
      });
    now += 1;
    most = Math.max(most, now);
    count += 1;
    response.end("ok");
  };
  for (let i = 0; i < 20; i += 1) await client(GET.repeat(2_000));
  await until(() => count).toBe(40_000);
  expect(most).toBeLessThanOrEqual(2 * (MAX_REQUESTS_OF_ALL_PER_TURN + MIN_PARSED_BYTES / GET.length));
});

/** A head of a body in chunks, of which some follow. */
const CHUNKED = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";

test("of requests that come behind a long body, in one part with its end, few are handled in a turn", async () => {
  let count = 0;
  let most = 0;
  let now = 0;
  handle = (request, response) => {
    request.resume();
    if (now === 0)
      setImmediate(() => {
        now = 0;
      });
    now += 1;
    most = Math.max(most, now);
    count += 1;
    response.end("ok");
  };
  const long = `${CHUNKED}10000\r\n${"a".repeat(0x10000)}\r\n0\r\n\r\n`;
  const { text } = await client((long + GET.repeat(200)).repeat(2));
  await until(() => replies(text())).toBe(2 * 201);
  expect(count).toBe(2 * 201);
  expect(most).toBeLessThanOrEqual(2 * MAX_REQUESTS_PER_TURN);
});

test("of bodies in many pieces, few are read in a turn", async () => {
  let now = 0;
  let most = 0;
  let length = 0;
  handle = (request) => {
    request.on("data", (piece: Buffer) => {
      if (now === 0)
        setImmediate(() => {
          now = 0;
        });
      now += 1;
      most = Math.max(most, now);
      length += piece.length;
    });
  };
  const piece = `${SMALL_PIECE_BYTES.toString(16)}\r\n${"a".repeat(SMALL_PIECE_BYTES)}\r\n`;
  for (let i = 0; i < 20; i += 1) await client(CHUNKED + piece.repeat(1_000));
  await until(() => length).toBe(20 * 1_000 * SMALL_PIECE_BYTES);
  const inPart = MAX_PARSED_BYTES / SMALL_PIECE_BYTES;
  expect(most).toBeLessThanOrEqual(2 * (MAX_REQUESTS_OF_ALL_PER_TURN + inPart));
});

test("what comes without a request or a body takes time of the turn as well", async () => {
  const start = vi.spyOn(turns, "start");
  await client("GET / HTTP/1.1\r\n");
  await until(() => start.mock.calls.length).toBeGreaterThan(0);
});

describe("a body in too many small pieces ends its connection", () => {
  const flood = "1\r\na\r\n".repeat(2 * SMALL_PIECES_PER_SECOND);

  test.each<[string, typeof handle]>([
    ["while it is read", (request) => void request.resume()],
    ["while it is not read", () => {}],
    ["although it has been answered", (_, response) => void response.end("ok")],
  ])("%s", async (_, handleIt) => {
    handle = handleIt;
    const { socket } = await client(CHUNKED);
    // As long as it has room: a body that is not read is not taken in.
    for (let i = 0; i < 3; i += 1) socket.write(flood);
    await until(() => socket.destroyed).toBe(true);
  });

  test("but not if they come slowly, or each is a request's own", async () => {
    let length = 0;
    handle = async (request, response) => {
      for await (const piece of request) length += piece.length;
      response.end("ok");
    };
    const { socket, text } = await client("");
    const one = `${CHUNKED}1\r\na\r\n0\r\n\r\n`;
    socket.write(one.repeat(2 * SMALL_PIECES_PER_SECOND));
    await until(() => replies(text())).toBe(2 * SMALL_PIECES_PER_SECOND);
    expect([length, socket.destroyed]).toEqual([2 * SMALL_PIECES_PER_SECOND, false]);
  });
});

test("requests that cannot be handled as they are count as well", async () => {
  const count = vi.spyOn(turns, "count");
  const unusual = [
    "GET / HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nExpect: more\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n",
  ];
  for (const [index, request] of unusual.entries()) {
    await client(request);
    await until(() => count.mock.calls.length).toBe(index + 1);
  }
});

test("a request has its turn beside another address that uses up every one", async () => {
  let isOver = false;
  const flood = (): void => {
    while (!turns.isOver) turns.count();
    if (!isOver) turns.wait("192.0.2.1", flood);
  };
  for (let i = 0; i < 100; i += 1) turns.wait("192.0.2.1", () => flood());
  const { text } = await client(GET);
  await until(() => replies(text())).toBe(1);
  isOver = true;
});

test("a body comes whole through pieces, and a request behind it", async () => {
  const bodies: number[] = [];
  handle = async (request, response) => {
    let length = 0;
    for await (const piece of request) length += piece.length;
    bodies.push(length);
    response.end("ok");
  };
  const length = 3_000_000;
  const { text } = await client("");
  const long = `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n${"x".repeat(length)}`;
  clients[0]!.write(long + GET + long);
  await until(() => replies(text())).toBe(3);
  expect(bodies.toSorted((a, b) => a - b)).toEqual([0, length, length]);
});

test("requests that wait are bounded for all connections together, and each may always have a few", async () => {
  let waiting: ServerResponse[] = [];
  handle = (_, response) => waiting.push(response);
  const packet = GET.repeat(MAX_OPEN_REQUESTS);
  const fit = Math.floor(MAX_PIPELINED_REQUESTS / (MAX_OPEN_REQUESTS - FREE_REQUESTS));
  const flood = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 1) await client(packet);
  };
  await flood(fit + 5);
  await until(() => accepted.some(({ destroyed }) => destroyed)).toBe(true);
  const { socket } = await client(GET.repeat(FREE_REQUESTS));
  await until(() => accepted.at(-1)!.bytesRead).toBe(GET.length * FREE_REQUESTS);
  expect(accepted.at(-1)!.destroyed).toBe(false);
  for (const each of [...clients, socket]) each.destroy();
  // A connection that is not read learns of its end when it is written to.
  for (const response of waiting) response.end();
  await until(() => accepted.every(({ closed }) => closed)).toBe(true);
  waiting = [];
  await flood(fit);
  await until(() => waiting.length).toBe(fit * MAX_OPEN_REQUESTS);
});

test("a head has its time from its first byte, however it comes", async () => {
  const { socket } = await client("GET / HTTP/1.1\r\nHo");
  await until(() => accepted[0]?.bytesRead).toBe(18);
  connections.sweep(performance.now() + HEADERS_MS - 1_000);
  socket.write("st: x");
  connections.sweep(performance.now() + HEADERS_MS);
  await until(() => socket.destroyed).toBe(true);
});

test("a body has its time, however it comes", async () => {
  let begun = 0;
  handle = () => {
    begun += 1;
  };
  const { socket } = await client(`${CHUNKED}1\r\na\r\n`);
  await until(() => begun).toBe(1);
  connections.sweep(performance.now() + REQUEST_MS - 1_000);
  await nextTurn();
  expect(accepted[0]!.destroyed).toBe(false);
  connections.sweep(performance.now() + REQUEST_MS);
  await until(() => socket.destroyed).toBe(true);
});

test("connections whose time is up are ended in turns", async () => {
  await client(GET);
  await until(() => accepted[0]?.bytesRead).toBe(GET.length);
  while (!turns.isOver) turns.count();
  connections.sweep(performance.now() + KEEP_ALIVE_MS);
  expect(accepted[0]!.destroyed).toBe(false);
  await until(() => accepted[0]!.destroyed).toBe(true);
});

test("line ends between two requests belong to the next head", async () => {
  let isOver = (): boolean => false;
  handle = (request, response) => {
    isOver = () => request.closed && response.closed;
    response.end("ok");
  };
  const { socket } = await client(GET);
  await until(() => isOver()).toBe(true);
  // Whole, for sums that are exact.
  const nowMs = Math.ceil(performance.now());
  connections.sweep(nowMs + HEADERS_MS);
  socket.write("\r\n");
  await until(() => accepted[0]!.bytesRead).toBe(GET.length + 2);
  connections.sweep(nowMs + HEADERS_MS + 1);
  expect(accepted[0]!.destroyed).toBe(false);
  socket.write("\r\n");
  // Its turn to be read may come after the next sweep.
  await until(() => {
    connections.sweep(nowMs + 2 * HEADERS_MS + 1);
    return socket.destroyed;
  }).toBe(true);
});

test("silence between two requests has an end, and a reply that takes long has none here", async () => {
  const waiting: ServerResponse[] = [];
  handle = (_, response) => waiting.push(response);
  const { socket, text } = await client(GET);
  await until(() => waiting.length).toBe(1);
  connections.sweep(performance.now() + 2 * KEEP_ALIVE_MS);
  waiting[0]!.end("ok");
  await until(() => replies(text())).toBe(1);
  await until(() => waiting[0]!.closed).toBe(true);
  connections.sweep(performance.now() + KEEP_ALIVE_MS - 1_000);
  expect(accepted[0]!.destroyed).toBe(false);
  connections.sweep(performance.now() + KEEP_ALIVE_MS);
  await until(() => socket.destroyed).toBe(true);
});

test("a client that does not read its reply is disconnected, and a slow one is not", async () => {
  const piece = Buffer.alloc(64 * 1024);
  handle = (_, response) => {
    Readable.from(Array.from({ length: 1_600 }, () => piece)).pipe(response);
  };
  const { socket } = await client(GET);
  let nowMs = performance.now();
  for (let round = 0; round < 4; round += 1) {
    const atLeast = socket.bytesRead + 16 * 1024 * 1024;
    socket.resume();
    await until(() => socket.bytesRead).toBeGreaterThan(atLeast);
    socket.pause();
    nowMs += UNREAD_MS - 1;
    connections.sweep(nowMs);
    expect(accepted[0]!.destroyed).toBe(false);
  }
  const isLetGo = (): boolean => {
    nowMs += UNREAD_MS;
    connections.sweep(nowMs);
    return accepted[0]!.destroyed;
  };
  await until(isLetGo).toBe(true);
});

test("a reply that waits for its turn learns that its connection is gone", async () => {
  const closed: number[] = [];
  let count = 0;
  handle = (_, response) => {
    const number = count;
    count += 1;
    response.once("close", () => closed.push(number));
  };
  const { socket } = await client(GET.repeat(3));
  await until(() => count).toBe(3);
  socket.destroy();
  await until(() => closed.toSorted()).toEqual([0, 1, 2]);
});
