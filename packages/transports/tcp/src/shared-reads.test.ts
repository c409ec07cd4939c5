import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, Socket } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readShared } from "./shared-reads.ts";

let server: Server;

beforeEach(async () => {
  server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterEach(() => {
  server.close();
});

async function pair(): Promise<{ readonly accepted: Socket; readonly client: Socket }> {
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [accepted] = (await once(server, "connection")) as [Socket];
  return { accepted, client };
}

test("connections read into the same memory, each its own bytes", async () => {
  const [one, other] = [await pair(), await pair()];
  const texts: string[] = [];
  const memories = new Set<ArrayBufferLike>();
  const sockets = [one, other].map(
    ({ accepted }) =>
      readShared(accepted, (bytes) => {
        texts.push(Buffer.from(bytes).toString());
        memories.add(bytes.buffer);
      })?.socket,
  );
  expect(sockets).not.toContain(undefined);
  one.client.write("one");
  await vi.waitFor(() => expect(texts).toEqual(["one"]));
  other.client.write("other");
  await vi.waitFor(() => expect(texts).toEqual(["one", "other"]));
  expect(memories.size).toBe(1);
  for (const { client } of [one, other]) client.destroy();
});

test("a connection goes on to write, is paused and resumed, and counts its bytes", async () => {
  const { accepted, client } = await pair();
  client.write("early");
  await once(accepted, "readable");
  expect(accepted.read().toString()).toBe("early");
  let received = "";
  const { socket } = readShared(accepted, (bytes) => {
    received += Buffer.from(bytes).toString();
  })!;
  socket.write("hello");
  expect(String((await once(client, "data"))[0])).toBe("hello");
  socket.pause();
  client.write("late");
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(received).toBe("");
  socket.resume();
  await vi.waitFor(() => expect(received).toBe("late"));
  expect(socket.bytesRead).toBe("earlylate".length);
  client.destroy();
});

test("what was put back comes first", async () => {
  const { accepted, client } = await pair();
  client.write("early");
  await once(accepted, "readable");
  accepted.unshift(accepted.read());
  let received = "";
  readShared(accepted, (bytes) => {
    received += Buffer.from(bytes).toString();
  });
  client.write(" and late");
  await vi.waitFor(() => expect(received).toBe("early and late"));
  client.destroy();
});

test("a socket that shares no more emits what it reads, and reads no more than is taken", async () => {
  const { accepted, client } = await pair();
  const onBytes = vi.fn();
  const { socket, end } = readShared(accepted, onBytes)!;
  end();
  client.write("one");
  expect(String((await once(socket, "data"))[0])).toBe("one");
  socket.pause();
  socket.removeAllListeners("data");
  client.write("two");
  const pieces: Buffer[] = [];
  for (let i = 0; i < 1000; i += 1) client.write(Buffer.alloc(64 * 1024, i));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(socket.readableLength).toBe(0);
  client.end();
  for await (const piece of socket) pieces.push(piece as Buffer);
  const received = Buffer.concat(pieces);
  expect([received.length, received.toString("latin1", 0, 3)]).toEqual([3 + 1000 * 64 * 1024, "two"]);
  expect(Math.max(...pieces.map(({ buffer }) => buffer.byteLength))).toBeLessThanOrEqual(64 * 1024);
  expect(onBytes).not.toHaveBeenCalled();
});

test.each(["the peer", "the first socket", "the other socket"])(
  "when %s ends, both are closed",
  async (who) => {
    const { accepted, client } = await pair();
    const { socket } = readShared(accepted, () => {})!;
    socket.resume();
    const closed = Promise.all([once(accepted, "close"), once(socket, "close")]);
    if (who === "the peer") client.end();
    else if (who === "the first socket") accepted.destroy();
    else socket.destroy();
    await closed;
    client.destroy();
  },
);

test("a socket that is closed, is not connected or has something to write is left as it is", async () => {
  const { accepted, client } = await pair();
  expect(readShared(new Socket(), () => {})).toBeUndefined();
  // More than the system takes at once.
  accepted.write(new Uint8Array(64 * 1024 * 1024));
  expect(readShared(accepted, () => {})).toBeUndefined();
  accepted.destroy();
  expect(readShared(accepted, () => {})).toBeUndefined();
  client.destroy();
});
