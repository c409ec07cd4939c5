import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { NO_FAULTS } from "@headgate/testkit";
import { afterEach, expect, test, vi } from "vitest";
import { MAX_INFORMATIONAL_REPLIES, PIECES_FREE, REPLY_TIMEOUT_MS } from "./limits.ts";
import { ReplyReading } from "./reply-reading.ts";
import type { SharedMemory } from "./shared-memory.ts";
import { TunnelClientLink } from "./tunnel-client-link.ts";

const SWITCHING = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n";

const OPENED = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc\n";

const servers = new Set<Server>();
/** What the servers were asked for. */
const commands: string[] = [];

afterEach(() => {
  vi.useRealTimers();
  for (const server of servers) server.close();
  servers.clear();
  commands.length = 0;
});

/** A text, or what to do in place of writing one. */
type Answer = string | ((socket: Socket) => void);

const ENOUGH: SharedMemory = { tryHold: () => true, release: () => {} };

/** A server that gives these answers one after the other, and the last one to every later request; opens a Link to it. */
async function dial(...answers: readonly Answer[]): Promise<TunnelClientLink> {
  return dialWith(ENOUGH, ...answers);
}

async function dialWith(memory: SharedMemory, ...answers: readonly Answer[]): Promise<TunnelClientLink> {
  let asked = 0;
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      commands.push(/^POST \/(\w+)/.exec(String(bytes))?.[1] ?? "");
      const answer = answers[Math.min(asked, answers.length - 1)]!;
      asked += 1;
      if (typeof answer === "string") socket.write(answer);
      else answer(socket);
    });
  });
  servers.add(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const connectTo = async (): Promise<Socket> => {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return socket;
  };
  return TunnelClientLink.open({
    transport: "rtmpt",
    host: "127.0.0.1",
    port,
    dial: connectTo,
    isProxied: false,
    timeoutMs: 60_000,
    reading: new ReplyReading(NO_FAULTS, memory),
  });
}

/** Opens the Link and tells why it has closed, and what came before. */
async function closed(link: TunnelClientLink): Promise<{ readonly reason: unknown; readonly bytes: string }> {
  let bytes = "";
  const reason = await new Promise((resolve) => {
    link.open({
      onBytes: (piece) => {
        bytes += String.fromCharCode(...piece);
      },
      onWritable: () => {},
      onClosed: resolve,
    });
  });
  return { reason, bytes };
}

/** Writes this again and again, as fast as it is taken. */
function flooding(head: string, again: string): Answer {
  return (socket) => {
    socket.write(head);
    const piece = again.repeat(Math.ceil(65_536 / again.length));
    const goOn = (): void => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.on("drain", goOn);
    goOn();
  };
}

test("a server that switches to another protocol opens no tunnel", async () => {
  await expect(dial(SWITCHING)).rejects.toMatchObject({ code: "TUNNEL_REFUSED" });
});

test("a server that switches to another protocol later ends the tunnel", async () => {
  const link = await dial(OPENED, SWITCHING);
  expect(await closed(link)).toEqual({ reason: "connection reset", bytes: "" });
});

test("what the session says in the turn after a reply is sent before the server is asked for more", async () => {
  const link = await dial(OPENED, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\x01a");
  link.open({
    onBytes: () => setImmediate(() => link.write(Uint8Array.of(1))),
    onWritable: () => {},
    onClosed: () => {},
  });
  await vi.waitFor(() => expect(commands.length).toBeGreaterThan(4));
  link.destroy();
  expect(commands.slice(0, 5)).toEqual(["open", "idle", "send", "send", "send"]);
});

const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
const NOTHING_NEW = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\x01";

test.each([
  [
    "comes in too many pieces",
    flooding(CHUNKED, "1\r\na\r\n"),
    "a reply of the server comes in too many pieces",
  ],
  [
    "is too long",
    flooding(CHUNKED, `8000\r\n${"a".repeat(0x8000)}\r\n`),
    "a reply of the server is too long",
  ],
  [
    "is never more than informational",
    flooding("", CONTINUE),
    "the server sends too many informational replies",
  ],
  ["has a head without end", flooding("HTTP/1.1 200 OK\r\n", "X: y\r\n"), expect.stringContaining("Header")],
])("a reply that %s ends the tunnel", async (_, flood, reason) => {
  expect(await closed(await dial(OPENED, flood))).toEqual({ reason, bytes: "" });
});

test("a reply in some pieces, after some informational ones, is read as a whole", async () => {
  const pieces = "1\r\na\r\n".repeat(PIECES_FREE);
  const reply = `${CONTINUE.repeat(MAX_INFORMATIONAL_REPLIES)}${CHUNKED}${pieces}0\r\n\r\n`;
  const link = await dial(OPENED, reply, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  expect(await closed(link)).toEqual({ reason: undefined, bytes: "a".repeat(PIECES_FREE - 1) });
});

test("a reply that there is no memory for ends the tunnel, and gives back what it held", async () => {
  const holders = new Map<object, number>();
  const memory: SharedMemory = {
    tryHold: (holder, bytes) => holders.set(holder, bytes) && bytes < 100_000,
    release: (holder) => holders.delete(holder),
  };
  const long = `HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n${"a".repeat(200_000)}`;
  const link = await dialWith(memory, OPENED, long);
  expect(await closed(link)).toEqual({
    reason: "there is no memory left for a reply of the server",
    bytes: "",
  });
  expect(holders.size).toBe(0);
});

test("a reply that goes on and on ends the tunnel, however often a byte of it comes", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  let onAsked: (socket: Socket) => void;
  const asked = new Promise<Socket>((resolve) => {
    onAsked = resolve;
  });
  const link = await dial(OPENED, (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    onAsked(socket);
  });
  const end = closed(link);
  const socket = await asked;
  for (let passedMs = 0; passedMs < REPLY_TIMEOUT_MS; passedMs += 1_000) {
    await new Promise((resolve) => socket.write("a", resolve));
    vi.advanceTimersByTime(1_000);
  }
  expect(await end).toEqual({ reason: "the server does not answer a request", bytes: "" });
});

test("a server that says more than it was asked for loses that connection alone", async () => {
  const link = await dial(OPENED, `${NOTHING_NEW}HTTP/1.1 408 Request Timeout\r\n\r\n`, NOTHING_NEW);
  const handler = { onBytes: vi.fn(), onWritable: () => {}, onClosed: vi.fn() };
  link.open(handler);
  await vi.waitFor(() => expect(commands.length).toBeGreaterThan(4));
  expect([handler.onBytes, handler.onClosed].map(({ mock }) => mock.calls.length)).toEqual([0, 0]);
  link.destroy();
});
