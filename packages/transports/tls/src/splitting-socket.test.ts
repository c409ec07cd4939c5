import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { connect, createSecureContext, type TLSSocket } from "node:tls";
import { afterAll, expect, test, vi } from "vitest";
import { writeCertificate } from "./certificates.test.helper.ts";
import { closeAll, keep } from "./running.test.helper.ts";
import { MAX_WRITE_BYTES, SplittingSocket } from "./splitting-socket.ts";

afterAll(closeAll);

/** The headers and tags of a few records. */
const MAX_OVERHEAD_BYTES = 256;

const files = writeCertificate("splitting");
const context = createSecureContext({ cert: readFileSync(files.cert), key: readFileSync(files.key) });

/** The connection below TLS, which takes all that is written, or one write at a time. */
class Carrier {
  isSlow = false;
  writtenBytes = 0;
  take: () => void = () => {};
  readonly near: Duplex = new Duplex({
    read: () => {},
    write: (chunk: Uint8Array, _, done) => {
      this.writtenBytes += chunk.length;
      this.far.push(chunk);
      if (this.isSlow) this.take = done;
      else done();
    },
  });
  readonly far: Duplex = new Duplex({
    read: () => {},
    write: (chunk: Uint8Array, _, done) => {
      this.near.push(chunk);
      done();
    },
  });
}

async function connected(): Promise<{ server: SplittingSocket; client: TLSSocket; carrier: Carrier }> {
  const carrier = new Carrier();
  const server = keep(new SplittingSocket(carrier.near as Socket, context));
  const client = keep(connect({ socket: carrier.far, rejectUnauthorized: false }));
  await Promise.all([once(server, "secure"), once(client, "secureConnect")]);
  await turns();
  return { server, client, carrier };
}

/** Until nothing happens any more. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await nextTurn();
}

async function readAll(client: TLSSocket): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of client) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

function numbered(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, index) => index % 251));
}

test.each([0, 1, MAX_WRITE_BYTES, MAX_WRITE_BYTES + 1, 2 * MAX_WRITE_BYTES, 300_000])(
  "%d bytes arrive as they were written",
  async (length) => {
    const { server, client } = await connected();
    server.end(numbered(length));
    expect((await readAll(client)).equals(numbered(length))).toBe(true);
  },
);

test("what is written in one turn arrives in order, text too", async () => {
  const { server, client } = await connected();
  server.cork();
  server.write("HTTP/1.1 200 OK\r\n", "latin1");
  server.write(numbered(70_000));
  server.uncork();
  server.write("é".repeat(40_000));
  server.write("é".repeat(40_000), "latin1");
  server.end(numbered(70_000));
  const written = [
    Buffer.from("HTTP/1.1 200 OK\r\n"),
    numbered(70_000),
    Buffer.from("é".repeat(40_000)),
    Buffer.from("é".repeat(40_000), "latin1"),
    numbered(70_000),
  ];
  expect((await readAll(client)).equals(Buffer.concat(written))).toBe(true);
});

test("no more is enciphered at once, and the rest when that is taken", async () => {
  const { server, client, carrier } = await connected();
  client.resume();
  carrier.isSlow = true;
  const onWritten = [vi.fn(), vi.fn(), vi.fn()];
  for (const done of onWritten) server.write(numbered(100_000), done);
  const parts: number[] = [];
  while (onWritten.some((done) => done.mock.calls.length === 0)) {
    const before = carrier.writtenBytes;
    carrier.take();
    await turns();
    parts.push(carrier.writtenBytes - before);
    if (parts.length === 1) expect(server.writableNeedDrain).toBe(true);
  }
  expect(Math.max(...parts)).toBeLessThanOrEqual(MAX_WRITE_BYTES + MAX_OVERHEAD_BYTES);
  for (const done of onWritten) expect(done.mock.calls).toEqual([[null]]);
  expect(server.writableNeedDrain).toBe(false);
});

test("what has been written during another write is not joined: the message of one stream would be copied for each viewer", async () => {
  const { server, carrier } = await connected();
  carrier.isSlow = true;
  const concat = vi.spyOn(Buffer, "concat");
  for (const length of [10, 20, 1_000_000]) server.write(numbered(length));
  carrier.take();
  await turns();
  const joined = concat.mock.results.map(({ value }) => (value as Buffer).length);
  expect(Math.max(0, ...joined)).toBeLessThanOrEqual(MAX_WRITE_BYTES);
  server.destroy();
});

test("a write fails if the socket is closed before its last part", async () => {
  const { server, carrier } = await connected();
  carrier.isSlow = true;
  const onWritten = vi.fn();
  server.on("error", () => {}).write(numbered(100_000), onWritten);
  await turns();
  expect(onWritten).not.toHaveBeenCalled();
  server.destroy();
  await turns();
  expect(onWritten).toHaveBeenCalledExactlyOnceWith(expect.any(Error));
});
