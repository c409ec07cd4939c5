import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, Socket } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connectTcp } from "./connect-tcp.ts";
import { readFrom, withSharedReads } from "./shared-read-socket.ts";

let server: Server;
const clients: Socket[] = [];

beforeEach(async () => {
  server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
  server.close();
});

interface Pair {
  /** As the server has it. */
  readonly accepted: Socket;
  /** What has taken its place. */
  readonly socket: Socket;
  readonly client: Socket;
}

async function pair(): Promise<Pair> {
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  clients.push(client);
  const [accepted] = (await once(server, "connection")) as [Socket];
  return { accepted, socket: withSharedReads(accepted), client };
}

test("connections read into the same memory, each its own bytes", async () => {
  const [one, other] = [await pair(), await pair()];
  const texts: string[] = [];
  const memories = new Set<ArrayBufferLike>();
  for (const { socket } of [one, other])
    readFrom(socket, (bytes) => {
      texts.push(Buffer.from(bytes).toString());
      memories.add(bytes.buffer);
    });
  one.client.write("one");
  await vi.waitFor(() => expect(texts).toEqual(["one"]));
  other.client.write("other");
  await vi.waitFor(() => expect(texts).toEqual(["one", "other"]));
  expect(memories.size).toBe(1);
});

test("a connection that this process has made reads there, too", async () => {
  const { socket } = await pair();
  const { port } = server.address() as AddressInfo;
  const [[peer], made] = await Promise.all([
    once(server, "connection") as Promise<[Socket]>,
    connectTcp({ host: "127.0.0.1", port }, 10_000),
  ]);
  clients.push(made);
  const memories: ArrayBufferLike[] = [];
  for (const reading of [made, socket]) readFrom(reading, ({ buffer }) => memories.push(buffer));
  peer.write("one");
  await vi.waitFor(() => expect(memories.length).toBe(1));
  clients[0]!.write("other");
  await vi.waitFor(() => expect(memories.length).toBe(2));
  expect(new Set(memories).size).toBe(1);
});

test("a connection goes on to write, is paused and resumed, and counts its bytes", async () => {
  const { socket, client } = await pair();
  client.write("early");
  await once(socket, "readable");
  expect(socket.read().toString()).toBe("early");
  let received = "";
  readFrom(socket, (bytes) => {
    received += Buffer.from(bytes).toString();
  });
  socket.write("hello");
  expect(String((await once(client, "data"))[0])).toBe("hello");
  socket.pause();
  client.write("late");
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(received).toBe("");
  socket.resume();
  await vi.waitFor(() => expect(received).toBe("late"));
  expect(socket.bytesRead).toBe("earlylate".length);
});

test("what was put back comes first", async () => {
  const { socket, client } = await pair();
  client.write("early");
  await once(socket, "readable");
  socket.unshift(socket.read());
  let received = "";
  readFrom(socket, (bytes) => {
    received += Buffer.from(bytes).toString();
  });
  client.write(" and late");
  await vi.waitFor(() => expect(received).toBe("early and late"));
});

test("what was put back comes before the end, even if the end has come", async () => {
  const { socket, client } = await pair();
  client.end("early");
  await once(socket, "readable");
  socket.unshift(socket.read());
  await new Promise((resolve) => setTimeout(resolve, 50));
  const events: string[] = [];
  readFrom(socket, (bytes) => events.push(String(bytes)));
  socket.on("end", () => events.push("end"));
  await once(socket, "close");
  expect(events).toEqual(["early", "end"]);
});

test("a socket that shares no more emits what it reads, and reads no more than is taken", async () => {
  const { socket, client } = await pair();
  const onBytes = vi.fn();
  const end = readFrom(socket, onBytes);
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

test("a socket of which nothing is read holds little of what arrives", async () => {
  const { socket, client } = await pair();
  for (let i = 0; i < 100; i += 1) client.write(Buffer.alloc(64 * 1024));
  socket.on("readable", () => {});
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(socket.readableLength).toBeLessThan(256 * 1024);
});

test("nothing is left of the socket that was accepted", async () => {
  const { accepted, socket, client } = await pair();
  expect([accepted.destroyed, socket.destroyed]).toEqual([true, false]);
  // The server waits for its own sockets only.
  server.close();
  await once(server, "close");
  socket.write("hello");
  expect(String((await once(client, "data"))[0])).toBe("hello");
});

test("a socket that is closed or not connected is left as it is", async () => {
  const { socket } = await pair();
  const other = new Socket();
  expect(withSharedReads(other)).toBe(other);
  socket.destroy();
  expect(withSharedReads(socket)).toBe(socket);
});

test("a socket that cannot share its reads emits them", async () => {
  const { client, socket } = await pair();
  let received = "";
  const end = readFrom(client, (bytes) => {
    received += String(bytes);
  });
  socket.write("one");
  await vi.waitFor(() => expect(received).toBe("one"));
  end();
  client.pause();
  socket.write("two");
  expect(String((await once(client.resume(), "data"))[0])).toBe("two");
  expect(received).toBe("one");
});
