import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeAmf0Values } from "@headgate/amf";
import { ChunkEncoder } from "@headgate/chunk";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";

let server: HeadgateServer;

beforeAll(async () => {
  server = await startHeadgate({
    applications: { "*": {} },
    limits: { maxConnections: 20_000, maxConnectionsPerAddress: 20_000 },
  });
}, 90_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
});

interface Reply {
  readonly status: number;
  readonly body: Buffer;
}

/** One HTTP connection, by hand: nothing is repeated or put in order for us. */
class HttpConnection {
  readonly socket: Socket;
  #received = Buffer.alloc(0);

  constructor() {
    this.socket = connect({ port: server.port(0), host: "127.0.0.1", noDelay: true });
    this.socket.on("error", () => {});
    this.socket.once("close", () => this.socket.emit("more"));
    this.socket.on("data", (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.socket.emit("more");
    });
  }

  /** Writes a request, of whose body only the first bytes if that is asked for. */
  post(target: string, body: Uint8Array = Buffer.of(0), sent = body.length): void {
    this.socket.write(`POST ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`);
    this.socket.write(body.subarray(0, sent));
  }

  async reply(): Promise<Reply> {
    for (;;) {
      const reply = this.#take();
      if (reply) return reply;
      if (this.socket.closed) throw new Error("the connection is gone");
      await new Promise((resolve) => this.socket.once("more", resolve));
    }
  }

  async ask(target: string, body?: Uint8Array): Promise<Reply> {
    this.post(target, body);
    return this.reply();
  }

  async end(): Promise<void> {
    this.socket.destroy();
    if (!this.socket.closed) await once(this.socket, "close");
  }

  #take(): Reply | undefined {
    const end = this.#received.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    const head = this.#received.subarray(0, end).toString("latin1");
    const length = Number(/^Content-Length: (\d+)/m.exec(head)?.[1]);
    const body = this.#received.subarray(end + 4, end + 4 + length);
    if (body.length < length) return undefined;
    this.#received = this.#received.subarray(end + 4 + length);
    return { status: Number(head.slice(9, 12)), body };
  }
}

async function open(connection: HttpConnection): Promise<string> {
  return (await connection.ask("/open/1")).body.toString().trim();
}

const C0C1 = Buffer.concat([Buffer.of(3), Buffer.alloc(1536)]);
const C2 = Buffer.alloc(1536);
const CONNECT = new ChunkEncoder().encode(
  { type: 20, timestamp: 0, messageStreamId: 0, payload: encodeAmf0Values(["connect", 1, { app: "live" }]) },
  3,
);
const CONNECT_IN_TURN = Buffer.concat([C2, CONNECT]);
const SERVER_HANDSHAKE_LENGTH = 1 + 2 * 1536;

/** All that a session has got with these replies, without their first bytes. */
function carried(...replies: readonly Reply[]): Buffer {
  for (const { status } of replies) expect(status).toBe(200);
  return Buffer.concat(replies.map(({ body }) => body.subarray(1)));
}

/** Goes on with a session until it has said all that follows the handshake; returns that. */
async function untilConnected(
  connection: HttpConnection,
  id: string,
  sequence: number,
  before: Buffer,
): Promise<string> {
  let all = before;
  for (let next = sequence; !all.includes("onBWDone") && next < sequence + 20; next += 1) {
    all = Buffer.concat([all, carried(await connection.ask(`/idle/${id}/${next}`))]);
  }
  return all.subarray(SERVER_HANDSHAKE_LENGTH).toString("latin1");
}

describe("a tunnel", () => {
  let first: HttpConnection;
  let second: HttpConnection;
  let id: string;

  beforeEach(async () => {
    [first, second] = [new HttpConnection(), new HttpConnection()];
    id = await open(first);
    return async () => {
      await Promise.all([first.end(), second.end()]);
    };
  });

  test("whose reply is lost is told the same when it asks again, and goes on", async () => {
    first.post(`/send/${id}/0`, C0C1);
    await once(first.socket, "more");
    await first.end();
    const again = await second.ask(`/send/${id}/0`, C0C1);
    const andAgain = await second.ask(`/send/${id}/0`, C0C1);
    expect(andAgain.body.equals(again.body)).toBe(true);
    const connected = await second.ask(`/send/${id}/1`, CONNECT_IN_TURN);
    expect(await untilConnected(second, id, 2, carried(again, connected))).toContain(
      "NetConnection.Connect.Success",
    );
  });

  test("whose requests overtake each other on two connections is whole", async () => {
    second.post(`/send/${id}/1`, CONNECT_IN_TURN);
    await sleep(50);
    const before = await first.ask(`/send/${id}/0`, C0C1);
    const after = await second.reply();
    expect(await untilConnected(first, id, 2, carried(before, after))).toContain(
      "NetConnection.Connect.Success",
    );
  });

  test("whose requests come twice at once takes them once", async () => {
    for (const connection of [first, second]) connection.post(`/send/${id}/0`, C0C1);
    const [one, other] = await Promise.all([first.reply(), second.reply()]);
    expect(other.body.equals(one.body)).toBe(true);
    for (const connection of [first, second]) connection.post(`/send/${id}/1`, CONNECT_IN_TURN);
    const [three] = await Promise.all([first.reply(), second.reply()]);
    const told = await untilConnected(first, id, 2, carried(one, three));
    expect(told.split("NetConnection.Connect.Success").length - 1).toBe(1);
  });

  test("whose request stops half-way takes it whole when it comes again", async () => {
    first.post(`/send/${id}/0`, C0C1, 700);
    await sleep(50);
    await first.end();
    const begun = await second.ask(`/send/${id}/0`, C0C1);
    second.post(`/send/${id}/1`, CONNECT_IN_TURN);
    const connected = await second.reply();
    expect(await untilConnected(second, id, 2, carried(begun, connected))).toContain(
      "NetConnection.Connect.Success",
    );
  });

  test("takes turns on as many connections as it has requests", async () => {
    const begun = await first.ask(`/send/${id}/0`, C0C1);
    const connected = await second.ask(`/send/${id}/1`, CONNECT_IN_TURN);
    let all = carried(begun, connected);
    for (let sequence = 2; !all.includes("onBWDone") && sequence < 20; sequence += 1) {
      const connection = new HttpConnection();
      all = Buffer.concat([all, carried(await connection.ask(`/idle/${id}/${sequence}`))]);
      await connection.end();
    }
    expect(all.toString("latin1")).toContain("NetConnection.Connect.Success");
  });

  test("that does not exist is 404, and its connection goes on", async () => {
    for (const command of ["send", "idle", "close"]) {
      expect((await first.ask(`/${command}/${"0".repeat(25)}/0`)).status).toBe(404);
    }
    expect(carried(await first.ask(`/send/${id}/0`, C0C1)).length).toBe(SERVER_HANDSHAKE_LENGTH);
  });

  test("that never asks for anything ends by itself, and the log says why", async () => {
    await first.ask(`/send/${id}/0`, C0C1);
    await first.ask(`/send/${id}/1`, CONNECT_IN_TURN);
    await expect
      .poll(() => server.metric("headgate_connections"), { timeout: 40_000, interval: 500 })
      .toBe(0);
    await expect.poll(() => server.log(10)).toContain("no request in time");
    expect((await first.ask(`/idle/${id}/2`)).status).toBe(404);
  }, 60_000);
});

test("10,000 sessions that are opened and abandoned are all ended", async () => {
  const connections = Array.from({ length: 10 }, () => new HttpConnection());
  await Promise.all(
    connections.map(async (connection) => {
      for (let i = 0; i < 1_000; i += 1) expect((await connection.ask("/open/1")).status).toBe(200);
    }),
  );
  expect(await server.metric("headgate_connections")).toBeGreaterThan(5_000);
  for (const connection of connections) await connection.end();
  await expect.poll(() => server.metric("headgate_connections"), { timeout: 40_000, interval: 500 }).toBe(0);
}, 60_000);
