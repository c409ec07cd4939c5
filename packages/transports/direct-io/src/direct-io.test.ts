import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { send } from "./index.ts";

let server: Server;
let client: Socket;
let accepted: Socket;

beforeEach(async () => {
  server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  [accepted] = (await once(server, "connection")) as [Socket];
  accepted.on("error", () => {});
});

afterEach(() => {
  client.destroy();
  accepted.destroy();
  server.close();
});

function descriptor(): number {
  return (accepted as unknown as { readonly _handle: { readonly fd: number } })._handle.fd;
}

it.runIf(send)("sends a part of an array that others send as well", async () => {
  const bytes = Buffer.from("before, the part, after");
  expect(send!(descriptor(), bytes.subarray(8, 16))).toBe(8);
  expect(String((await once(client, "data"))[0])).toBe("the part");
});

it.runIf(send)("says how much the system takes, and takes nothing once it is full", async () => {
  const bytes = new Uint8Array(64 * 1024 * 1024).map((_, i) => i);
  const taken = send!(descriptor(), bytes);
  expect(taken).toBeGreaterThan(0);
  expect(taken).toBeLessThan(bytes.length);
  let received = 0;
  client.on("data", (piece: Buffer) => {
    expect(piece[0]).toBe(received & 0xff);
    received += piece.length;
  });
  client.pause();
  let sent = taken;
  for (let more = taken; more > 0; sent += more) more = send!(descriptor(), bytes.subarray(sent));
  client.resume();
  await vi.waitFor(() => expect(received).toBe(sent));
});

it.runIf(send)("takes nothing for a connection that is broken, and no signal ends the process", async () => {
  // Otherwise the socket notices, and is closed.
  accepted.pause();
  client.resetAndDestroy();
  const open = descriptor();
  await vi.waitFor(() => expect(send!(open, Buffer.from("more"))).toBe(0));
});

it.runIf(send)("takes nothing for a descriptor that is no socket", () => {
  expect(send!(-1, Buffer.from("bytes"))).toBe(0);
});

it.runIf(send)("refuses other arguments", () => {
  for (const wrong of [[], [1], ["1", Buffer.alloc(1)], [1, "bytes"], [1, new Uint16Array(2)]])
    expect(() => (send as (...all: unknown[]) => number)(...wrong)).toThrow(TypeError);
});
