import { once } from "node:events";
import { request } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { NO_FAULTS } from "@headgate/testkit";
import { afterEach, expect, test, vi } from "vitest";
import { MAX_PARSED_REPLY_BYTES, MAX_REPLIES_MS } from "./limits.ts";
import { PacedReplies } from "./paced-replies.ts";
import { ReplyReading } from "./reply-reading.ts";

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
  vi.restoreAllMocks();
});

/** Both ends of a connection to a server. */
async function connected(): Promise<{ readonly socket: Socket; readonly server: Socket }> {
  const listener = createServer();
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const socket = connect((listener.address() as AddressInfo).port, "127.0.0.1");
  const [server] = (await once(listener, "connection")) as [Socket];
  server.on("error", () => {}).resume();
  ends.push(() => {
    socket.destroy();
    server.destroy();
    listener.close();
  });
  return { socket, server };
}

/** Asks for something; the body of the reply, as it grows. */
function ask(socket: Socket, reading: ReplyReading) {
  const replies = new PacedReplies(socket, "192.0.2.1", reading);
  const reply = { body: "", hasEnded: false };
  const asked = request({ createConnection: () => socket });
  asked.on("error", () => {});
  asked.once("socket", () => replies.expect(asked));
  asked.once("response", (response) => {
    response.on("data", (piece: Buffer) => {
      reply.body += piece.toString("latin1");
    });
    response.once("end", () => {
      reply.hasEnded = true;
    });
  });
  asked.end();
  return reply;
}

const LENGTH = 20 * MAX_PARSED_REPLY_BYTES;
const TEXT = Array.from({ length: LENGTH }, (_, index) => String.fromCharCode(97 + (index % 26))).join("");
const LONG = `HTTP/1.1 200 OK\r\nContent-Length: ${LENGTH}\r\n\r\n${TEXT}`;

test("a reply is read in small parts, each in its turn, and none of it is lost", async () => {
  const reading = new ReplyReading(NO_FAULTS, { tryHold: () => true, release: () => {} });
  const { socket, server } = await connected();
  const reply = ask(socket, reading);
  // Each part takes up a turn.
  let nowMs = 0;
  vi.spyOn(performance, "now").mockImplementation(() => {
    nowMs += MAX_REPLIES_MS;
    return nowMs;
  });
  server.write(LONG);
  let longest = 0;
  for (let before = 0; !reply.hasEnded; before = reply.body.length) {
    await nextTurn();
    longest = Math.max(longest, reply.body.length - before);
  }
  expect(reply.body).toBe(TEXT);
  // One in the line, and one that comes at once.
  expect(longest).toBeLessThanOrEqual(2 * MAX_PARSED_REPLY_BYTES);
});

test("while it is not the connection's turn, nothing more is read of it", async () => {
  const reading = new ReplyReading(NO_FAULTS, { tryHold: () => true, release: () => {} });
  const isOver = vi.spyOn(reading.turns, "isOver", "get").mockReturnValue(true);
  const { socket, server } = await connected();
  const reply = ask(socket, reading);
  server.write(LONG.repeat(100));
  await vi.waitFor(() => expect(socket.isPaused()).toBe(true));
  const { bytesRead } = socket;
  for (let turn = 0; turn < 100; turn += 1) await nextTurn();
  expect([socket.bytesRead - bytesRead, reply.body]).toEqual([0, ""]);
  isOver.mockRestore();
  await vi.waitFor(() => expect(reply).toEqual({ body: TEXT, hasEnded: true }));
});

test("the end of the connection does not overtake what has not been read yet", async () => {
  const reading = new ReplyReading(NO_FAULTS, { tryHold: () => true, release: () => {} });
  const isOver = vi.spyOn(reading.turns, "isOver", "get").mockReturnValue(true);
  const { socket, server } = await connected();
  const reply = ask(socket, reading);
  server.end("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it");
  await vi.waitFor(() => expect(socket.isPaused()).toBe(true));
  for (let turn = 0; turn < 100; turn += 1) await nextTurn();
  isOver.mockRestore();
  await vi.waitFor(() => expect(reply).toEqual({ body: "all of it", hasEnded: true }));
});
