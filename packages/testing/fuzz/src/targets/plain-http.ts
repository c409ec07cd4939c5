import { createServer, type IncomingMessage } from "node:http";
import { Duplex } from "node:stream";
import { inspect } from "node:util";
import { readTunnelTarget } from "@headgate/http";
import { PlainConnection } from "@headgate/http-server";
import { NO_FAULTS, type Random, randomCuts } from "@headgate/testkit";
import { check } from "../check.ts";
import { joined, mutate } from "../mutate.ts";
import { randomOf } from "../seeds.ts";
import type { Target } from "../target.ts";

/** The same limit as in the tunnel server. Bytes. */
const MAX_HEADER_BYTES = 64 * 1024;

/** Pieces of one input; each takes turns of the event loop. */
const MAX_PIECES = 6;

/** Turns until a request is read, handed over and answered. */
const TURNS = 4;

/** Longer than the rest of a request is waited for. Milliseconds. */
const LONG_MS = 10_000;

const METHODS = ["POST", "POST", "POST", "POST", "GET", "HEAD", "OPTIONS", "DELETE", "post", "CONNECT"];
const TARGETS = [
  "/open/1",
  "/send/abc/1",
  "/idle/abc/2",
  "/close/abc/3",
  "/fcs/ident2",
  "/",
  "http://h/idle/a/1",
  "/send/abc",
];
const FIELDS = [
  ...[
    "Host: h",
    "Host: h",
    "Host: h",
    "Content-Type: application/x-fcs",
    "Connection: Keep-Alive",
    "Connection: close",
  ],
  ...[
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: identity",
    "Transfer-Encoding : chunked",
    "Expect: 100-continue",
  ],
  ...["X-Forwarded-For: 1.1.1.1", "X-Forwarded-For: 2.2.2.2", "Forwarded: for=3.3.3.3", "Content-Length: 3"],
  ...[
    "Upgrade: h2c",
    " folded: line",
    "Bad Name: x",
    "Content-Length : 3",
    "Content-Length: +3",
    "Content-Length: 3, 3",
  ],
];

/**
 * Requests on one connection, read once by the reader of tunnel requests with node:http behind it, and once by node:http
 * alone. Both must see the same requests with the same bodies, or a client could show one of them a request that the
 * other does not.
 */
export const plainHttp: Target = {
  name: "plain-http",
  make: (random) => {
    const text = randomRequests(random);
    return random.below(3) === 0 ? text : mutate(text, random, [randomRequests(random)]);
  },
  async run(input) {
    const pieces = cutOf(input);
    const both = await read(pieces, true);
    const alone = await read(pieces, false);
    check(
      agree(both, alone),
      `with the reader of tunnel requests: ${inspect(both)}\nwith node:http alone: ${inspect(alone)}`,
    );
  },
};

/** Requests of tunnels and others, with heads that readers may understand differently. */
export function randomRequests(random: Random): Uint8Array {
  return joined(
    Array.from({ length: 1 + random.below(3) }, () => Buffer.from(randomRequest(random), "latin1")),
  );
}

function randomRequest(random: Random): string {
  const body = "x".repeat(random.pick([0, 1, 3, 30]));
  const fields = ["Host: h", `Content-Length: ${body.length}`];
  for (let left = random.below(3); left > 0; left -= 1)
    fields.splice(random.below(3), 0, random.pick(FIELDS));
  if (random.below(8) === 0) fields.splice(random.below(fields.length), 1);
  const end = random.below(20) === 0 ? "\n" : "\r\n";
  const version = random.pick(["1.1", "1.1", "1.1", "1.1", "1.0", "2.0"]);
  const first = `${random.pick(METHODS)} ${random.pick(TARGETS)} HTTP/${version}`;
  return [first, ...fields, "", random.below(10) === 0 ? `3\r\nabc\r\n0\r\n\r\n` : body].join(end);
}

function cutOf(input: Uint8Array): Uint8Array[] {
  const cuts = randomCuts(input, randomOf(input)).filter(({ length }) => length > 0);
  return cuts.length > MAX_PIECES
    ? [...cuts.slice(0, MAX_PIECES - 1), joined(cuts.slice(MAX_PIECES - 1))]
    : cuts;
}

/** A request as a reader saw it. */
interface Seen {
  readonly what: string;
  body: string;
  /** Whether its end was seen: node:http may hide the end when an error follows. */
  isWhole: boolean;
}

async function read(pieces: readonly Uint8Array[], isPlain: boolean): Promise<readonly Seen[]> {
  const seen: Seen[] = [];
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (message, response) => {
    const request: Seen = { what: describe(message), body: "", isWhole: false };
    seen.push(request);
    message.on("data", (bytes: Buffer) => {
      request.body += bytes.toString("latin1");
    });
    message.on("end", () => {
      request.isWhole = true;
      response.end();
    });
  });
  const socket = new MemorySocket();
  const connection = isPlain ? readPlain(socket, seen, () => server.emit("connection", socket)) : undefined;
  if (!connection) server.emit("connection", socket);
  for (const piece of pieces) {
    if (!socket.destroyed) socket.push(Buffer.from(piece));
    await someTurns();
  }
  // Whatever is no complete request by now goes to node:http.
  connection?.sweep(performance.now() + LONG_MS);
  await someTurns();
  socket.destroy();
  return seen;
}

async function someTurns(): Promise<void> {
  for (let left = TURNS; left > 0; left -= 1) await new Promise((resolve) => setImmediate(resolve));
}

function readPlain(socket: MemorySocket, seen: Seen[], onOther: () => void): PlainConnection {
  const handler: ConstructorParameters<typeof PlainConnection>[1] = {
    remoteAddress: "192.0.2.1",
    onRequest: ({ target, headers }, body, answer) => {
      const what = JSON.stringify([target, headers["x-forwarded-for"], headers.forwarded]);
      seen.push({ what, body: Buffer.from(body).toString("latin1"), isWhole: true });
      answer({ status: 404 });
      return () => {};
    },
    onOther,
    onClosed: () => {},
  };
  return new PlainConnection(socket as never, handler, NO_FAULTS);
}

/** Checks that both saw the same requests. An incomplete last one is seen by node:http alone. */
function agree(both: readonly Seen[], alone: readonly Seen[]): boolean {
  if (alone.slice(both.length).some(({ isWhole }) => isWhole)) return false;
  return both.every((request, index) => {
    const other = alone[index];
    if (other?.what !== request.what) return false;
    return !request.isWhole || !other.isWhole || request.body === other.body;
  });
}

/** A request as text: by its tunnel target, if it belongs to a tunnel. */
function describe({ method, url = "", headers }: IncomingMessage): string {
  const target = method === "POST" ? readTunnelTarget(url) : undefined;
  if (!target) return JSON.stringify([method, url]);
  return JSON.stringify([target, headers["x-forwarded-for"], headers.forwarded]);
}

/** A connection without a network: pushed bytes arrive, and written bytes vanish. */
class MemorySocket extends Duplex {
  override _read(): void {}

  override _write(_bytes: Buffer, _encoding: string, done: () => void): void {
    done();
  }
}
