import { once } from "node:events";
import { connect, type Socket } from "node:net";
import {
  type HttpPeer,
  MAX_BODY_BYTES,
  MAX_LINGERING,
  type SharedMemory,
  TunnelServer,
  TunnelSession,
} from "@headgate/http";
import type { Faults, Link } from "@headgate/transport";
import type { FastifyPluginCallback } from "fastify";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  CHECK_INTERVAL_MS,
  KEEP_ALIVE_MS,
  MAX_HEADER_BYTES,
  MAX_PIPELINED,
  MAX_PLAIN_BODY_BYTES,
  MAX_REQUESTS_OF_ALL_PER_TURN,
  MAX_REQUESTS_PER_TURN,
  UNFINISHED_MS,
  UNREAD_MS,
} from "./limits.ts";
import { SMALL_PIECE_BYTES, SMALL_PIECES_PER_SECOND } from "./small-pieces.ts";
import { TestHttpServer } from "./test-http-server.test.helper.ts";

/** What came of each session. */
class Session {
  readonly link: Link;
  received = "";
  closed: (string | undefined)[] = [];

  constructor(link: Link) {
    this.link = link;
    link.open({
      onBytes: (bytes) => {
        this.received += Buffer.from(bytes).toString("latin1");
      },
      onWritable: () => {},
      onClosed: (reason) => this.closed.push(reason),
    });
  }
}

/** A connection on which a test writes HTTP by hand. */
class Wire {
  readonly socket: Socket;
  /** The end of the connection; a reset is one, too. */
  readonly closed: Promise<unknown>;
  text = "";

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("latin1").on("data", (text: string) => {
      this.text += text;
    });
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => socket.once("close", resolve));
  }

  /** As librtmp writes it. */
  post(target: string, body = "\0"): void {
    const lines = [`POST ${target} HTTP/1.1`, "Host: x:80", "Accept: */*", "Connection: Keep-Alive"];
    this.socket.write(`${lines.join("\r\n")}\r\nContent-length: ${body.length}\r\n\r\n${body}`);
  }

  /** The bodies of the replies so far. */
  get bodies(): string[] {
    return this.text
      .split(/(?=HTTP\/1\.1 \d)/)
      .filter((reply) => reply.includes("\r\n\r\n"))
      .map((reply) => reply.slice(reply.indexOf("\r\n\r\n") + 4));
  }

  async replies(count: number): Promise<string[]> {
    await vi.waitFor(() => expect(this.bodies.length).toBe(count), { timeout: 5_000 });
    return this.bodies;
  }
}

/** What is held of all connections together, of which there may be so much. */
class Memory implements SharedMemory {
  maxBytes = Number.POSITIVE_INFINITY;
  readonly held = new Map<object, number>();

  get bytes(): number {
    return [...this.held.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  tryHold(holder: object, bytes: number): boolean {
    this.held.set(holder, bytes);
    return this.bytes <= this.maxBytes;
  }

  release(holder: object): void {
    this.held.delete(holder);
  }
}

let tunnels: TunnelServer;
let memory: Memory;
let faults: string[];
let server: TestHttpServer;
let sessions: Session[];
let wires: Wire[];

const PEER: HttpPeer = {
  isSecure: false,
  remoteAddress: "192.0.2.1",
  remotePort: 4711,
  hopsOf: (headers) => [headers["x-forwarded-for"] ?? []].flat(),
};

/** Answers what is not a tunnel's, and leaves the connection open. */
const OTHER: FastifyPluginCallback = (app, _, done) => {
  app.addContentTypeParser("*", { parseAs: "buffer" }, (__, ___, onParsed) => onParsed(null));
  app.all("/*", (__, reply) => reply.code(404).send("no tunnel"));
  done();
};

beforeEach(async () => {
  sessions = [];
  faults = [];
  wires = [];
  memory = new Memory();
  start((link) => sessions.push(new Session(link)));
  await server.listen(PEER);
});

afterEach(async () => {
  for (const { socket } of wires) socket.destroy();
  await server.close();
});

function start(onLink: (link: Link) => void, maxReplyBytes = 1000): void {
  const counted: Faults = {
    report: (scope, error) => faults.push(`${scope}: ${(error as Error).message}`),
    unrecoverable: (error) => faults.push(`process: ${(error as Error).message}`),
  };
  const options = { node: "", idKey: new Uint8Array(32), maxReplyBytes, memory, faults: counted };
  tunnels = new TunnelServer({ ...options, onLink });
  server = new TestHttpServer({ tunnels, routes: [OTHER], faults: counted });
}

async function wire(): Promise<Wire> {
  const socket = connect(await server.listen(PEER), "127.0.0.1");
  await once(socket, "connect");
  wires.push(new Wire(socket));
  return wires.at(-1)!;
}

async function open(on: Wire): Promise<string> {
  on.post("/open/1");
  const [id = ""] = await on.replies(1);
  return id.trim();
}

const Id = /^[0-9a-z]{25}\n$/;

describe("a reply", () => {
  it("is byte for byte as librtmp reads it", async () => {
    const client = await wire();
    const id = await open(client);
    expect(client.bodies[0]).toMatch(Id);
    client.post(`/send/${id}/0`, "abc");
    await client.replies(2);
    for (const reply of client.text.split(/(?=HTTP\/1\.1 \d)/)) {
      expect(reply).toMatch(
        /^HTTP\/1\.1 200 OK\r\nContent-Length: \d+\r\nContent-Type: application\/x-fcs\r\n/,
      );
      expect(reply).toMatch(/\r\nConnection: Keep-Alive\r\nCache-Control: no-cache\r\n/);
      expect(reply).not.toMatch(/chunked/i);
    }
    expect([client.bodies[1], sessions[0]!.received]).toEqual(["\x01", "abc"]);
  });

  it("is 404 without a body to ident2 and to a session that does not exist, and the connection stays", async () => {
    const client = await wire();
    client.post("/fcs/ident2");
    client.post("/send/0123456789abcdef/0", "abc");
    client.post("/other");
    expect(await client.replies(3)).toEqual(["", "", expect.stringContaining("no tunnel")]);
    expect(client.text.match(/HTTP\/1\.1 404 /g)?.length).toBe(3);
    expect(await openAfter(client, 3)).toMatch(Id);
  });

  it("waits for the end of its request, whatever it says", async () => {
    const client = await wire();
    const targets = ["/open/1", "/fcs/ident2", "/idle/0123456789abcdef/0"];
    for (const [index, target] of targets.entries()) {
      client.socket.write(`POST ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(client.bodies.length).toBe(index);
      client.socket.write("\0");
      await client.replies(index + 1);
    }
  });

  it("follows the order of requests that are pipelined, of which an idle one does not hold up the next", async () => {
    const client = await wire();
    const id = await open(client);
    for (let sequence = 0; sequence < 5; sequence++) {
      client.post(`/send/${id}/${2 * sequence}`, `${sequence}`);
      client.post(`/idle/${id}/${2 * sequence + 1}`);
    }
    await client.replies(11);
    expect(sessions[0]!.received).toBe("01234");
  });
});

describe("a session", () => {
  it("lives on any number of connections, and on none", async () => {
    const id = await open(await wire());
    wires[0]!.socket.destroy();
    for (const sequence of [0, 1, 2]) {
      const client = await wire();
      client.post(`http://example.com:80/send/${id}/${sequence}`, `${sequence}`);
      await client.replies(1);
      client.socket.destroy();
    }
    expect([sessions[0]!.received, sessions[0]!.closed]).toEqual(["012", []]);
  });

  it("has the client's address, or the one a proxy says", async () => {
    await open(await wire());
    const proxy = await wire();
    proxy.socket.write(
      "POST /open/1 HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.9\r\nContent-Length: 0\r\n\r\n",
    );
    await proxy.replies(1);
    expect(sessions.map(({ link }) => [link.remoteAddress, link.remotePort])).toEqual([
      ["192.0.2.1", 4711],
      ["203.0.113.9", 0],
    ]);
  });

  it("answers a request whose reply was lost with the same reply, and takes its bytes once", async () => {
    const id = await open(await wire());
    sessions[0]!.link.write(Buffer.from("out"));
    const first = await wire();
    first.post(`/send/${id}/0`, "abc");
    await vi.waitFor(() => expect(sessions[0]!.received).toBe("abc"));
    first.socket.destroy();
    const retry = await wire();
    retry.post(`/send/${id}/0`, "abc");
    expect([await retry.replies(1), sessions[0]!.received]).toEqual([["\x01out"], "abc"]);
  });

  it("takes nothing of a body that stops half-way, and all of it when it comes again", async () => {
    const id = await open(await wire());
    const half = await wire();
    half.socket.write(`POST /send/${id}/0 HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc`);
    half.socket.end();
    await half.closed;
    const whole = await wire();
    whole.post(`/send/${id}/0`, "abcdef");
    await whole.replies(1);
    expect(sessions[0]!.received).toBe("abcdef");
  });

  it("loses nothing to an idle request whose connection went while it waited", async () => {
    const id = await open(await wire());
    const gone = await wire();
    gone.post(`/send/${id}/0`, "a");
    gone.post(`/idle/${id}/1`);
    await gone.replies(1);
    gone.socket.destroy();
    const next = await wire();
    await new Promise((resolve) => setTimeout(resolve, 50));
    sessions[0]!.link.write(Buffer.from("out"));
    next.post(`/idle/${id}/2`);
    expect(await next.replies(1)).toEqual(["\x01out"]);
  });

  it("ends with a body that is too long", async () => {
    const client = await wire();
    const id = await open(client);
    const body = Buffer.alloc(MAX_BODY_BYTES + 1);
    client.socket.write(`POST /send/${id}/0 HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`);
    client.socket.write(body);
    await client.replies(2);
    expect([client.text.includes("HTTP/1.1 413 "), sessions[0]!.received]).toEqual([true, ""]);
  });

  it("counts what bodies hold until they are whole, and refuses those that there is no memory for", async () => {
    const id = await open(await wire());
    const body = Buffer.alloc(MAX_PLAIN_BODY_BYTES + 1, "a");
    const head = `POST /send/${id}/0 HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`;
    const slow = await wire();
    slow.socket.write(head + body.subarray(1));
    await vi.waitFor(() => expect(memory.bytes).toBeGreaterThanOrEqual(body.length - 1), 5_000);
    memory.maxBytes = body.length + 1_000;
    const other = await wire();
    other.socket.write(head + body.subarray(1));
    await other.replies(1);
    expect(other.text.slice(0, 12)).toBe("HTTP/1.1 503");
    memory.maxBytes = Number.POSITIVE_INFINITY;
    slow.socket.write("a");
    await slow.replies(1);
    expect([sessions[0]!.received.length, memory.bytes]).toEqual([body.length, 0]);
  });

  it("counts what small pieces of a body cost beside their bytes", async () => {
    const id = await open(await wire());
    const client = await wire();
    client.socket.write(`POST /send/${id}/0 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const count = 20_000;
    client.socket.write(`40\r\n${"a".repeat(SMALL_PIECE_BYTES)}\r\n`.repeat(count));
    await vi.waitFor(() => expect(memory.bytes).toBeGreaterThan(count * (SMALL_PIECE_BYTES + 100)), 5_000);
    client.socket.write("0\r\n\r\n");
    await client.replies(1);
    expect([sessions[0]!.received.length, memory.bytes]).toEqual([count * SMALL_PIECE_BYTES, 0]);
  });

  it("ends a connection that sends a body byte by byte, in as many chunks", async () => {
    const id = await open(await wire());
    const client = await wire();
    client.socket.write(`POST /send/${id}/0 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
    client.socket.write("1\r\na\r\n".repeat(2 * SMALL_PIECES_PER_SECOND));
    await client.closed;
    expect([memory.bytes, sessions[0]!.received]).toEqual([0, ""]);
  });

  it("gives its memory back when the connection of an unfinished body is lost", async () => {
    const id = await open(await wire());
    const client = await wire();
    client.socket.write(`POST /send/${id}/0 HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\nabc`);
    client.socket.write("a".repeat(8_900));
    await vi.waitFor(() => expect(memory.bytes).toBeGreaterThan(0), 5_000);
    client.socket.destroy();
    await vi.waitFor(() => expect(memory.bytes).toBe(0), 5_000);
  });

  it("counts bodies that came too early, and ends when there is no memory for them", async () => {
    const [client, early] = [await wire(), await wire()];
    const id = await open(client);
    client.post(`/send/${id}/0`, "a");
    await client.replies(2);
    early.post(`/send/${id}/2`, "c".repeat(1_000));
    await vi.waitFor(() => expect(memory.bytes).toBe(1_000), 5_000);
    client.post(`/send/${id}/1`, "b");
    await client.replies(3);
    expect(memory.bytes).toBe(0);
    memory.maxBytes = 100;
    early.post(`/send/${id}/4`, "c".repeat(1_000));
    await vi.waitFor(() => expect(sessions[0]!.closed).toEqual(["INPUT_EXCEEDED"]), 5_000);
    expect([memory.bytes, (await early.replies(2))[1]]).toEqual([0, ""]);
  });

  it("is not to be had if its Link is destroyed at once", async () => {
    await server.close();
    start((link) => link.destroy());
    const client = await wire();
    client.post("/open/1");
    await client.replies(1);
    expect([client.text.slice(0, 12), tunnels.sessions]).toEqual(["HTTP/1.1 503", 0]);
  });

  it("is forgotten with a thousand others that were opened and left alone", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const client = await wire();
    for (let i = 0; i < 1_000; i++) client.post("/open/1");
    while (sessions.length < 1_000) await new Promise((resolve) => setImmediate(resolve));
    expect(tunnels.sessions).toBe(1_000);
    vi.advanceTimersByTime(11_000);
    await new Promise((resolve) => setImmediate(resolve));
    vi.useRealTimers();
    expect(tunnels.sessions).toBe(0);
    expect(sessions.every(({ closed }) => closed[0] === "no byte in time")).toBe(true);
  });

  it("that has ended is remembered for a while, but not too many of them", async () => {
    const client = await wire();
    const count = MAX_LINGERING + 50;
    for (let i = 0; i < count; i++) client.post("/open/1");
    const ids = (await client.replies(count)).map((id) => id.trim());
    for (const id of ids) client.post(`/close/${id}`);
    await client.replies(2 * count);
    expect(tunnels.sessions).toBe(MAX_LINGERING);
  });
});

describe("a connection", () => {
  const LONG_BYTES = MAX_PLAIN_BODY_BYTES;
  const Unplain: Readonly<Record<string, string>> = {
    "a transfer coding": "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "a client that waits": "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
    "a long body": `Content-Length: ${LONG_BYTES + 3}\r\n\r\nabc${"-".repeat(LONG_BYTES)}`,
    "a longer one than a read": `Content-Length: ${10 * LONG_BYTES + 3}\r\n\r\nabc${"-".repeat(10 * LONG_BYTES)}`,
  };
  it.each(Object.entries(Unplain))("goes on with %s, between requests that are as usual", async (_, rest) => {
    const client = await wire();
    const id = await open(client);
    client.post(`/send/${id}/0`, "1");
    client.post(`/idle/${id}/1`);
    client.socket.write(`POST /send/${id}/2 HTTP/1.1\r\nHost: x\r\n${rest}`);
    client.post(`/send/${id}/3`, "2");
    await vi.waitFor(() => expect(sessions[0]!.received).toMatch(/^1abc-*2$/));
    await vi.waitFor(() => expect(client.text.match(/HTTP\/1\.1 200 /g)?.length).toBe(5));
  });

  it("goes on with requests that are no tunnel's, in the order in which they came", async () => {
    const client = await wire();
    const id = await open(client);
    client.post(`/send/${id}/0`, "a");
    client.post(`/idle/${id}/1`);
    client.socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    client.post(`/send/${id}/2`, "b");
    expect((await client.replies(5)).slice(1)).toEqual([
      "\x01",
      "\x01",
      expect.stringContaining("no tunnel"),
      "\x01",
    ]);
    expect(sessions[0]!.received).toBe("ab");
  });

  it.each([
    ["two lengths", "Content-Length: 1\r\nContent-Length: 2"],
    ["a length and a transfer coding", "Content-Length: 1\r\nTransfer-Encoding: chunked"],
    ["a length that is none", "Content-Length: 1x"],
  ])("ends with a request with %s, of which nothing is taken", async (_, fields) => {
    const client = await wire();
    const id = await open(client);
    client.socket.write(`POST /send/${id}/0 HTTP/1.1\r\nHost: x\r\n${fields}\r\n\r\n0\r\n\r\n`);
    client.post(`/send/${id}/0`, "smuggled");
    await client.closed;
    expect([client.text.match(/HTTP\/1\.1 400 /g)?.length, sessions[0]!.received]).toEqual([1, ""]);
  });

  it("may repeat its header lines, as Flash does, until there is no room for more", async () => {
    const client = await wire();
    const id = await open(client);
    const [target, end] = [`POST /send/${id}/0 HTTP/1.1\r\nHost: x\r\n`, "Content-Length: 1\r\n\r\n"];
    const lines = [
      "User-Agent: Shockwave Flash",
      "Connection: Keep-Alive",
      "Cache-Control: no-cache",
      "Content-Type: application/x-fcs",
    ];
    const repeated = lines.map((line) => `${line}\r\n`).join("");
    const times = Math.floor((MAX_HEADER_BYTES - target.length - end.length) / repeated.length);
    client.socket.write(`${target}${repeated.repeat(times)}${end}a`);
    await client.replies(2);
    expect(client.text.match(/HTTP\/1\.1 200 /g)?.length).toBe(2);
    expect(sessions[0]!.received).toBe("a");
  });

  it("may send its requests byte by byte", async () => {
    const client = await wire();
    const id = await open(client);
    const bytes = `POST /send/${id}/0 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc`;
    for (const byte of bytes) {
      client.socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.replies(2);
    expect(sessions[0]!.received).toBe("abc");
  });

  it("keeps the beginning of a request while another one is read", async () => {
    const [client, other] = [await wire(), await wire()];
    const [id, otherId] = [await open(client), await open(other)];
    client.socket.write(`POST /send/${id}/0 HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc`);
    other.post(`/send/${otherId}/0`, "x".repeat(1000));
    await other.replies(2);
    client.socket.write("def");
    await client.replies(2);
    expect(sessions.map(({ received }) => received)).toEqual(["abcdef", "x".repeat(1000)]);
  });

  it("may leave a request unfinished for a while, and then finish it", async () => {
    const client = await wire();
    const id = await open(client);
    client.socket.write(`POST /send/${id}/0 HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc`);
    await new Promise((resolve) => setTimeout(resolve, UNFINISHED_MS + CHECK_INTERVAL_MS + 100));
    expect(sessions[0]!.received).toBe("");
    client.socket.write("def");
    await client.replies(2);
    expect(sessions[0]!.received).toBe("abcdef");
  });

  it("that is not used for long is closed, and one that waits for an answer is not", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const [unused, waiting] = [await wire(), await wire()];
    await open(unused);
    const id = await open(waiting);
    waiting.post(`/send/${id}/0`, "a");
    await waiting.replies(2);
    sessions[1]!.link.pause();
    waiting.post(`/send/${id}/1`, "b");
    await vi.waitFor(() => expect(sessions[1]!.received).toBe("ab"));
    vi.advanceTimersByTime(KEEP_ALIVE_MS);
    await unused.closed;
    vi.useRealTimers();
    sessions[1]!.link.resume();
    await waiting.replies(3);
  });

  it("is not read on while too many of its requests wait for an answer", async () => {
    const client = await wire();
    const ids: string[] = [];
    for (let i = 0; i < MAX_PIPELINED + 8; i += 1) ids.push((await openAfter(client, i)).trim());
    for (const [index, { link }] of sessions.entries()) {
      client.post(`/send/${ids[index]}/0`, "a");
      await client.replies(ids.length + index + 1);
      link.pause();
    }
    for (const id of ids) client.post(`/send/${id}/1`, "b");
    const taken = () => sessions.filter(({ received }) => received === "ab").length;
    await vi.waitFor(() => expect(taken()).toBe(MAX_PIPELINED));
    for (const { link } of sessions.slice(0, 8)) link.resume();
    await vi.waitFor(() => expect(taken()).toBe(ids.length));
    for (const { link } of sessions) link.resume();
    await client.replies(3 * ids.length);
  });

  it.each([
    ["as usual", "", 2 * MAX_REQUESTS_PER_TURN],
    // What node:http has before it, a packet of 64 KiB, it takes in one turn.
    ["that node:http reads", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 2_500],
  ])(
    "has many requests at once, %s, read in several turns",
    async (_, first, most) => {
      const client = await wire();
      const count = 20_000;
      const opened: number[] = [];
      const look = (): void => {
        opened.push(sessions.length);
        if (sessions.length < count) setImmediate(look);
      };
      setImmediate(look);
      client.socket.pause();
      client.socket.write(
        first + "POST /open/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".repeat(count),
      );
      client.socket.resume();
      await vi.waitFor(() => expect(sessions.length).toBe(count), 20_000);
      const steps = opened.map((total, index) => total - (opened[index - 1] ?? 0));
      expect(Math.max(...steps)).toBeLessThanOrEqual(most);
    },
    30_000,
  );

  it("has few of its requests read in a turn together with many others", async () => {
    const [count, each] = [30, 200];
    const clients = await Promise.all(Array.from({ length: count }, () => wire()));
    const opened: number[] = [];
    const look = (): void => {
      opened.push(sessions.length);
      if (sessions.length < count * each) setImmediate(look);
    };
    setImmediate(look);
    for (const { socket } of clients)
      socket.write("POST /open/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".repeat(each));
    await vi.waitFor(() => expect(sessions.length).toBe(count * each), 20_000);
    const steps = opened.map((total, index) => total - (opened[index - 1] ?? 0));
    expect(Math.max(...steps)).toBeLessThanOrEqual(2 * MAX_REQUESTS_OF_ALL_PER_TURN);
  });

  it("that does not read its replies is disconnected", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const client = await wire();
    client.socket.pause();
    const request = "POST /send/none/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n\0";
    client.socket.write(request.repeat(200_000));
    await vi.waitFor(
      () => {
        vi.advanceTimersByTime(UNREAD_MS / 10);
        expect(server.accepted[0]?.destroyed).toBe(true);
      },
      { timeout: 15_000, interval: 500 },
    );
    vi.useRealTimers();
  });

  describe("and leaves replies unread", () => {
    /** As much as goes into one reply, and does not go into the buffers of the system. */
    const reply = Buffer.alloc(16 * 1024 * 1024);

    /** Only its beginning is read. */
    async function leaveUnread(id: string, sequence: number, isPlain = true): Promise<Wire> {
      const client = await wire();
      client.socket.pause();
      const { link } = sessions[0]!;
      const sent = link.bytesSent + reply.length;
      link.write(reply);
      if (isPlain) client.post(`/idle/${id}/${sequence}`);
      else client.socket.write(chunkedPost(`/idle/${id}/${sequence}`));
      await vi.waitFor(() => expect(link.bytesSent).toBe(sent));
      return client;
    }

    let id: string;
    let link: Link;

    beforeEach(async () => {
      await server.close();
      start((opened) => sessions.push(new Session(opened)), reply.length);
      id = await open(await wire());
      link = sessions[0]!.link;
    });

    it.each([
      ["", true],
      [" that node:http writes", false],
    ])("they count as queued%s, on all its connections", async (_, isPlain) => {
      await leaveUnread(id, 0, isPlain);
      expect(link.queuedBytes).toBe(reply.length);
      const other = await leaveUnread(id, 1, isPlain);
      expect([link.queuedBytes, memory.bytes]).toEqual([2 * reply.length, 0]);
      other.socket.destroy();
      await vi.waitFor(() => expect(link.queuedBytes).toBe(reply.length));
    });

    it("they count in the memory of all once the session is over, until they are read", async () => {
      const client = await leaveUnread(id, 0);
      (await wire()).post(`/close/${id}/1`);
      await vi.waitFor(() => expect(link.writable).toBe(false));
      expect(memory.bytes).toBeGreaterThan(reply.length / 2);
      client.socket.resume();
      await vi.waitFor(() => expect(memory.bytes).toBe(0), { timeout: 10_000, interval: 100 });
      expect(client.socket.destroyed).toBe(false);
    });

    it("the connection is ended when they are too many then", async () => {
      const client = await leaveUnread(id, 0);
      memory.maxBytes = 1024 * 1024;
      link.end();
      await vi.waitFor(() => expect(server.accepted[1]!.destroyed).toBe(true));
      expect(memory.bytes).toBeLessThan(memory.maxBytes);
      client.socket.resume();
      await client.closed;
      expect(client.text.length).toBeLessThan(reply.length);
    });
  });

  it("does not have what it does not read", async () => {
    const client = await wire();
    const id = await open(client);
    client.post(`/send/${id}/0`, "a");
    await client.replies(2);
    client.socket.pause();
    const { link } = sessions[0]!;
    const block = Buffer.alloc(900);
    let written = 0;
    for (let sequence = 1; sequence < 40_000; sequence += 1) {
      client.post(`/idle/${id}/${sequence}`);
      if (link.writable) link.write(block);
      written = link.bytesSent;
      if (sequence % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(written).toBeLessThan(30_000 * block.length);
    client.socket.destroy();
  });
});

/** A request that a PlainConnection leaves to node:http. */
function chunkedPost(target: string): string {
  return `POST ${target} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;
}

async function openAfter(client: Wire, count: number): Promise<string> {
  client.post("/open/1");
  return (await client.replies(count + 1))[count]!;
}

describe("a fault", () => {
  const bug = (): never => {
    throw new Error("a bug");
  };

  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("of a session ends it alone, on whatever connection the request came", async () => {
    const [client, other] = [await wire(), await wire()];
    const [id, otherId] = [await open(client), await open(other)];
    vi.spyOn(TunnelSession.prototype, "request").mockImplementationOnce(bug);
    client.post(`/send/${id}/0`, "abc");
    await expect.poll(() => sessions[0]!.closed).toEqual(["internal error"]);
    other.post(`/send/${otherId}/0`, "def");
    await other.replies(2);
    expect([sessions[1]!.received, faults, tunnels.sessions]).toEqual(["def", ["session: a bug"], 1]);
  });

  it("in the timer of a session ends it alone", async () => {
    const [client, other] = [await wire(), await wire()];
    const [id, otherId] = [await open(client), await open(other)];
    vi.spyOn(TunnelSession.prototype, "handleTimeout").mockImplementationOnce(bug);
    client.post(`/idle/${id}/0`);
    await expect.poll(() => sessions[0]!.closed, { timeout: 10_000 }).toEqual(["internal error"]);
    other.post(`/send/${otherId}/0`, "def");
    await other.replies(2);
    expect([sessions[1]!.received, faults]).toEqual(["def", ["session: a bug"]]);
  });

  it("in what takes a new session ends the connection alone", async () => {
    const [client, other] = [await wire(), await wire()];
    vi.spyOn(sessions, "push").mockImplementationOnce(bug);
    client.post("/open/1");
    await client.closed;
    expect(await open(other)).not.toBe("");
    expect(faults).toEqual(["connection: a bug"]);
  });

  it("in the answer to a request that node:http reads ends that request and its connection alone", async () => {
    const [client, other] = [await wire(), await wire()];
    const id = await open(other);
    vi.spyOn(TunnelServer.prototype, "handle").mockImplementationOnce(bug);
    client.socket.write("POST /open/1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    await client.closed;
    other.post(`/send/${id}/0`, "def");
    await other.replies(2);
    expect([sessions[0]!.received, faults]).toEqual(["def", ["request: a bug"]]);
  });
});
