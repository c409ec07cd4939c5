import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readCached, send } from "./index.ts";

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

describe.runIf(readCached)("of a file that was just written", () => {
  const folder = mkdtempSync(join(tmpdir(), "headgate-direct-io-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What is read of it, and how many bytes that are. */
  async function read(length: number, position: number): Promise<[number, string]> {
    const file = join(folder, "file");
    writeFileSync(file, "0123456789");
    const handle = await open(file);
    const bytes = new Uint8Array(length);
    const count = readCached!(handle.fd, bytes, position);
    await handle.close();
    return [count, Buffer.from(bytes.subarray(0, count)).toString()];
  }

  it("reads from a position on, to the end at most", async ({ skip }) => {
    const [count] = await read(1, 0);
    if (count === 0) skip("the file system of this folder cannot tell what is in memory");
    expect(await read(4, 3)).toEqual([4, "3456"]);
    expect(await read(100, 8)).toEqual([2, "89"]);
    expect(await read(1, 10)).toEqual([0, ""]);
  });

  it("reads nothing of what cannot be read", () => {
    expect(readCached!(-1, new Uint8Array(1), 0)).toBe(0);
    expect(readCached!(1, new Uint8Array(1), -5)).toBe(0);
  });

  it("refuses other arguments", () => {
    for (const wrong of [
      [],
      [1],
      [1, new Uint8Array(1)],
      [1, new Uint16Array(2), 0],
      [1, new Uint8Array(1), "0"],
    ])
      expect(() => (readCached as (...all: unknown[]) => number)(...wrong)).toThrow(TypeError);
  });
});
