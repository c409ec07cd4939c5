import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, expect, test, vi } from "vitest";
import { firstRecord } from "./first-record.ts";
import { closeAll, FAULTS, keep, listen } from "./running.test.helper.ts";

afterAll(closeAll);

interface Pair {
  readonly client: Socket;
  /** What the server finds to read once it has the first record, or why it has none. */
  readonly outcome: Promise<string>;
}

async function connected(timeMs = 5_000): Promise<Pair> {
  const accepted: Socket[] = [];
  const port = await listen((socket) => accepted.push(socket));
  const client = keep(connect({ port, host: "127.0.0.1", noDelay: true }));
  client.on("error", () => {});
  await once(client, "connect");
  await expect.poll(() => accepted.length).toBe(1);
  const socket = accepted[0] as Socket;
  const outcome = firstRecord(socket, performance.now() + timeMs, FAULTS).then(
    () => (socket.read() as Buffer).toString("hex"),
    ({ message }: Error) => message,
  );
  return { client, outcome };
}

test("a record that comes byte by byte is left to be read as a whole", async () => {
  const { client, outcome } = await connected();
  for (const byte of Buffer.from("1603010004aabbccdd", "hex")) {
    client.write(Buffer.of(byte));
    await new Promise(setImmediate);
  }
  expect(await outcome).toBe("1603010004aabbccdd");
});

test("a long record that comes byte by byte is never in many pieces", async () => {
  const { client, outcome } = await connected();
  const record = Buffer.concat([Buffer.from("1603010100", "hex"), Buffer.alloc(256, 7)]);
  const concat = vi.spyOn(Buffer, "concat");
  for (const byte of record) {
    client.write(Buffer.of(byte));
    await new Promise(setImmediate);
  }
  expect(await outcome).toBe(record.toString("hex"));
  expect(Math.max(...concat.mock.calls.map(([pieces]) => pieces.length))).toBeLessThanOrEqual(64);
  concat.mockRestore();
});

test("what follows the record stays behind it", async () => {
  const { client, outcome } = await connected();
  client.write(Buffer.from("1603010001aa16030100", "hex"));
  expect(await outcome).toBe("1603010001aa16030100");
});

test.each(["1503010002", "16030150000000"])("%s is left for OpenSSL to refuse", async (bytes) => {
  const { client, outcome } = await connected();
  client.write(Buffer.from(bytes, "hex"));
  expect(await outcome).toBe(bytes);
});

test("half a record has its time", async () => {
  const { client, outcome } = await connected(50);
  client.write(Buffer.from("16030100040102", "hex"));
  expect(await outcome).toBe("the TLS handshake failed: it takes too long");
});

test("a client that ends or resets before its record has come is gone", async () => {
  for (const end of ["end", "resetAndDestroy"] as const) {
    const { client, outcome } = await connected();
    client.write(Buffer.from("16030100040102", "hex"));
    client[end]();
    expect(await outcome).toBe("the TLS handshake failed: the connection ended");
  }
});
