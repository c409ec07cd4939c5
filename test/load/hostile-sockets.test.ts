import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";

/** Of each kind. */
const SOCKETS = 200;
const DEADLINE = "500ms";

let server: HeadgateServer;

beforeAll(async () => {
  const timeouts = { firstByte: DEADLINE, handshake: DEADLINE, connect: DEADLINE };
  server = await startHeadgate({ applications: { "*": {} }, timeouts });
}, 90_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
});

/** What a connection says that never becomes a session, and the code it is logged with, if it is. */
const KINDS: readonly (readonly [title: string, content: Buffer, code: string | undefined])[] = [
  ["nothing", Buffer.alloc(0), undefined],
  ["the first byte of RTMP and then nothing", Buffer.of(3), undefined],
  ["half a C1", Buffer.alloc(700, 3), undefined],
  ["half a ClientHello", Buffer.from("160301020001000100", "hex"), "TLS_HANDSHAKE_FAILED"],
  ["garbage", Buffer.alloc(5_000, 0xfe), "PROTOCOL_UNKNOWN"],
  [
    "TLS garbage",
    Buffer.concat([Buffer.from("1603010200", "hex"), Buffer.alloc(600, 7)]),
    "TLS_HANDSHAKE_FAILED",
  ],
  ["half a method", Buffer.from("POS"), undefined],
  ["a PROXY header", Buffer.from("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n\x03"), "PROXY_NOT_TRUSTED"],
];

async function closed(socket: Socket): Promise<void> {
  socket.on("error", () => {}).resume();
  if (!socket.closed) await once(socket, "close");
}

test.each(KINDS)(
  `${SOCKETS} connections that say %s are all ended by the server`,
  async (_, content, code) => {
    const sockets = Array.from({ length: SOCKETS }, () => connect(server.port(0), "127.0.0.1"));
    for (const socket of sockets) if (content.length > 0) socket.write(content);
    await Promise.all(sockets.map(closed));
    if (code === undefined) return;
    // Some of them, so that whoever brings them about does not fill a disk.
    await expect.poll(() => countOf(code)).toBeGreaterThan(0);
    expect(countOf(code)).toBeLessThan(SOCKETS);
  },
);

test("inside TLS a connection that says nothing is ended too", async () => {
  const socket = connectTls({ port: server.port(0), host: "127.0.0.1", rejectUnauthorized: false });
  await once(socket, "secureConnect");
  await closed(socket);
});

test("after all that it is as it was", async () => {
  expect(server.log(100_000)).not.toMatch(/internal error|a bug in Headgate/);
  const socket = connect(server.port(0), "127.0.0.1");
  socket.write(Buffer.concat([Buffer.of(3), Buffer.alloc(1536)]));
  const [reply] = await once(socket, "data");
  expect(reply[0]).toBe(3);
  socket.destroy();
});

/** How many lines of the log have this code. */
function countOf(code: string | undefined): number {
  return server.log(100_000).split(`"code":"${code}"`).length - 1;
}
