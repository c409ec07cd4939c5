import { once } from "node:events";
import { type AddressInfo, createServer, Socket } from "node:net";
import { Pool } from "undici";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connector } from "./connector.ts";
import { fetch } from "./fetch.ts";
import { MAX_PART_BYTES } from "./read-in-parts.ts";
import { MAX_REPLIES_MS } from "./reply-turns.ts";

let reply: string;
let url: string;
let pool: Pool;
const server = createServer((socket) => {
  socket.on("error", () => {});
  socket.once("data", () => socket.end(reply));
});

beforeEach(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  pool = new Pool(url, { connect: connector({}), maxHeaderSize: 16 * 1024 });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await pool.destroy();
  await new Promise((resolve) => server.close(resolve));
});

/** The lengths of what is read from sockets from now on. */
function readLengths(): number[] {
  const lengths: number[] = [];
  const read = Socket.prototype.read;
  vi.spyOn(Socket.prototype, "read").mockImplementation(function (this: Socket, bytes?: number) {
    const part = read.call(this, bytes);
    if (part !== null) lengths.push(part.length);
    return part;
  });
  return lengths;
}

const sum = (lengths: readonly number[]): number => lengths.reduce((total, length) => total + length, 0);

const LINES = "X: y\r\n".repeat(20_000);
const LONG_HEAD = `HTTP/1.1 200 OK\r\n${LINES}\r\n`;
const LONG_TRAILERS = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n${LINES}\r\n`;

test.each([
  ["head", LONG_HEAD],
  ["end", LONG_TRAILERS],
])(
  "a reply whose %s is too long is read in small parts, and no further than to the limit",
  async (_, text) => {
    reply = text;
    const asks = [
      async () => (await pool.request({ method: "GET", path: "/" })).body.text(),
      async () => (await fetch(url, {})).text(),
    ];
    for (const ask of asks) {
      const lengths = readLengths();
      await expect(ask()).rejects.toThrow();
      expect(Math.max(...lengths)).toBeLessThanOrEqual(MAX_PART_BYTES);
      // Two of the six bytes of a line count.
      expect(sum(lengths)).toBeLessThan(3 * 16 * 1024 + 2 * MAX_PART_BYTES);
      vi.restoreAllMocks();
    }
  },
);

test("nothing of a long reply is lost, also where each part takes up a turn and the server goes", async () => {
  const text = Array.from({ length: 300_000 }, (_, at) => String.fromCharCode(97 + (at % 26))).join("");
  reply = `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
  let nowMs = 0;
  vi.spyOn(performance, "now").mockImplementation(() => {
    nowMs += MAX_REPLIES_MS;
    return nowMs;
  });
  const { body } = await pool.request({ method: "GET", path: "/" });
  expect(await body.text()).toBe(text);
});

test("a connection that ends while its reply waits for its turn is told as ended", async () => {
  reply = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".padEnd(20_000, "x");
  const { body } = await pool.request({ method: "GET", path: "/" });
  await expect(body.text()).rejects.toThrow();
});
