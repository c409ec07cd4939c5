import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Child, killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";

let server: HeadgateServer;
let publisher: Child;

beforeAll(async () => {
  server = await startHeadgate({
    limits: { maxMessageBytes: 65_536 },
    applications: {
      live: {},
      keyed: { publish: { key: "sesame" }, play: { key: "sesame" } },
      off: { httpFlv: false },
    },
  });
  const film = encoded([...picture(), ...sound(), "-t", "7", ...h264(), ...audio("aac")]);
  const input = ["-nostdin", "-v", "error", "-re", "-stream_loop", "-1", "-i", film, "-c", "copy"];
  publisher = new Child("ffmpeg", [...input, "-f", "flv", server.url("live", "cam")]);
  await vi.waitFor(async () => expect(await statusOf("GET /live/cam.flv")).toBe(200), {
    timeout: 60_000,
    interval: 500,
  });
}, 120_000);

afterAll(async () => {
  await publisher?.stop();
  await server?.stop().finally(killEveryChild);
});

interface Talk {
  readonly socket: Socket;
  bytes: Buffer;
}

function say(text: string | Uint8Array): Talk {
  const socket = connect(server.port(0), "127.0.0.1");
  const talk: Talk = { socket, bytes: Buffer.alloc(0) };
  socket.on("data", (piece: Buffer) => {
    talk.bytes = Buffer.concat([talk.bytes, piece]);
  });
  socket.on("error", () => {});
  socket.write(text);
  return talk;
}

const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 15_000, interval: 20 });

async function statusOf(line: string, fields = "", body: string | Uint8Array = ""): Promise<number> {
  const talk = say(`${line} HTTP/1.1\r\nHost: x\r\n${fields}\r\n`);
  if (body.length > 0) talk.socket.write(body);
  await soon(() => expect(talk.bytes.toString("latin1")).toMatch(/^HTTP\/1\.1 \d+ [\s\S]*\r\n\r\n/));
  talk.socket.destroy();
  return Number(talk.bytes.toString("latin1", 9, 12));
}

const WEB_SOCKET =
  "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";

async function openWebSocket(path: string, more = ""): Promise<Talk> {
  const talk = say(`GET ${path} HTTP/1.1\r\nHost: x\r\n${WEB_SOCKET}${more}\r\n`);
  await soon(() => expect(talk.bytes.toString("latin1")).toMatch(/^HTTP\/1\.1 101 /));
  return talk;
}

/** The code of the close frame with which a connection ends. */
async function closeCodeAfter(talk: Talk, sent: Uint8Array): Promise<number> {
  talk.socket.write(sent);
  await once(talk.socket, "close");
  const { bytes } = talk;
  for (let at = bytes.indexOf("\r\n\r\n") + 4; at < bytes.length; ) {
    const short = bytes[at + 1]!;
    const header = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes[at] === 0x88) return bytes.readUInt16BE(at + header);
    at +=
      header +
      (header === 2 ? short : header === 4 ? bytes.readUInt16BE(at + 2) : bytes.readUInt32BE(at + 6));
  }
  return 0;
}

describe("names that attack", () => {
  test.each([
    ["/live/..%2f..%2fetc%2fpasswd.flv", 404],
    ["/live/../../etc/passwd.flv", 404],
    ["/live/%2e%2e/cam.flv", 404],
    [`/live/${"a".repeat(600)}.flv`, 404],
    ["/live/.flv", 404],
    ["/.flv", 404],
    ["/live/%zz.flv", 400],
    ["/other/cam.flv", 404],
    ["/off/cam.flv", 404],
    ["/keyed/cam.flv", 401],
    ["/keyed/cam.flv?key=wrong", 401],
    ["/live/cam.flv?only=nothing", 400],
    ["/live/cam.flv?only=audio&only=video", 400],
  ])("GET %s is answered with %i", async (path, status) => {
    expect(await statusOf(`GET ${path}`)).toBe(status);
  });
});

describe("WebSockets", () => {
  test.each([
    ["no version", WEB_SOCKET.replace(/Sec-WebSocket-Version: 13\r\n/, ""), 426],
    ["another version", WEB_SOCKET.replace("13", "8"), 426],
    ["no key", WEB_SOCKET.replace(/Sec-WebSocket-Key.*\r\n/, ""), 400],
    ["a key that is too short", WEB_SOCKET.replace(/A+==/, "AAAA"), 400],
  ])("a handshake with %s is refused", async (_, fields, status) => {
    expect(await statusOf("GET /live/cam.flv", fields)).toBe(status);
  });

  test("are refused with the code of a policy", async () => {
    expect(await statusOf("GET /keyed/cam.flv", WEB_SOCKET)).toBe(401);
  });

  const MASK = [0, 0, 0, 0];
  test.each([
    ["no mask", [0x82, 1, 7], 1002],
    ["a reserved bit", [0xc2, 0x81, ...MASK, 7], 1002],
    ["an unknown kind", [0x83, 0x80, ...MASK], 1002],
    ["a ping in parts", [0x09, 0x80, ...MASK], 1002],
    ["a ping of 126 bytes", [0x89, 0xfe, 0, 126, ...MASK], 1002],
    ["a continuation of nothing", [0x80, 0x80, ...MASK], 1002],
    ["a message longer than a player's", [0x82, 0xff, 0, 0, 0, 0, 1, 0, 0, 0, ...MASK], 1009],
    ["a length of 64 bits", [0x82, 0xff, ...new Array(8).fill(0xff), ...MASK], 1009],
    ["its end", [0x88, 0x82, ...MASK, 3, 232], 1000],
    ["thousands of empty frames", new Array(4_000).fill([0x89, 0x80, ...MASK]).flat(), 1008],
  ])("a player that sends %s is told, and ended", async (_, frame, code) => {
    const talk = await openWebSocket("/live/cam.flv");
    expect(await closeCodeAfter(talk, Uint8Array.from(frame as number[]))).toBe(code);
  });

  test.each([
    ["text", [0x81, 0x81, ...MASK, 65], 1003],
    ["what is no FLV", [0x82, 0x90, ...MASK, ...Buffer.from("this is not FLV.")], 1003],
  ])("a publisher that sends %s is told, and ended", async (_, frame, code) => {
    const talk = await openWebSocket("/live/other.flv", "Sec-WebSocket-Protocol: publisher\r\n");
    expect(await closeCodeAfter(talk, Uint8Array.from(frame as number[]))).toBe(code);
    await soon(() => expect(server.log(200)).toContain(code === 1003 ? "publisher" : ""));
  });

  test("a ping is answered", async () => {
    const talk = await openWebSocket("/live/cam.flv");
    talk.socket.write(Uint8Array.from([0x89, 0x82, ...MASK, 104, 105]));
    await soon(() => expect(talk.bytes.includes(Buffer.from([0x8a, 2, 104, 105]))).toBe(true));
    talk.socket.destroy();
  });
});

describe("publishing by POST", () => {
  const HEADER = Buffer.from([0x46, 0x4c, 0x56, 1, 5, 0, 0, 0, 9, 0, 0, 0, 0]);
  const CHUNKED = "Transfer-Encoding: chunked\r\n";
  const chunk = (bytes: Uint8Array): Buffer =>
    Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);

  test.each([
    ["what is no FLV", Buffer.from("this is not FLV at all"), 400],
    [
      "a tag that is too long",
      Buffer.concat([HEADER, Buffer.from([9, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0])]),
      400,
    ],
  ])("%s is refused, though more would come", async (_, body, status) => {
    expect(await statusOf("POST /live/x.flv", CHUNKED, chunk(body))).toBe(status);
  });

  test("without the key, or where another publishes, it is refused before its body has ended", async () => {
    expect(await statusOf("POST /keyed/x.flv", CHUNKED, chunk(HEADER))).toBe(401);
    expect(await statusOf("POST /live/cam.flv", CHUNKED, chunk(HEADER))).toBe(409);
  });

  test("a page of another site cannot do it, by a request or a WebSocket; one of the same host can", async () => {
    const foreign = "Origin: http://evil.example\r\n";
    const nothing = "Content-Length: 0\r\n";
    expect(await statusOf("POST /live/x.flv", foreign + nothing)).toBe(403);
    expect(await statusOf("POST /live/x.flv", `Origin: null\r\n${nothing}`)).toBe(403);
    expect(await statusOf("PUT /live/x.flv", `Sec-Fetch-Site: cross-site\r\n${nothing}`)).toBe(403);
    const publisher = `${WEB_SOCKET}Sec-WebSocket-Protocol: publisher\r\n`;
    expect(await statusOf("GET /live/x.flv", foreign + publisher)).toBe(403);
    expect(await statusOf("POST /live/x.flv", `Origin: http://x:8080\r\n${nothing}`)).toBe(204);
  });

  test("a body of nothing is a stream of nothing", async () => {
    expect(await statusOf("POST /live/x.flv", "Content-Length: 0\r\n")).toBe(204);
  });

  test("a publisher that breaks off is gone, and its stream with it", async () => {
    const talk = say(`POST /live/y.flv HTTP/1.1\r\nHost: x\r\n${CHUNKED}\r\n`);
    talk.socket.write(chunk(HEADER));
    await soon(() => expect(server.log(200)).toContain('"live/y"'));
    talk.socket.destroy();
    await vi.waitFor(
      async () => expect(await statusOf("POST /live/y.flv", "Content-Length: 0\r\n")).toBe(204),
      { timeout: 15_000, interval: 200 },
    );
  });
});

test("a stream that is asked for behind another one on its connection is never begun", async () => {
  const one = "GET /live/cam.flv HTTP/1.1\r\nHost: x\r\n\r\n";
  const talk = say(one.repeat(50));
  await soon(() => expect(talk.bytes.length).toBeGreaterThan(2_000));
  expect(talk.bytes.toString("latin1").match(/HTTP\/1\.1 /g)).toHaveLength(1);
  talk.socket.destroy();
});

test("pages may ask, by whatever method, and HEAD is told which", async () => {
  expect(await statusOf("OPTIONS /live/cam.flv", "Origin: https://example.org\r\n")).toBe(204);
  expect(await statusOf("HEAD /live/cam.flv")).toBe(405);
});

test("nothing of all that was a fault", async () => {
  const reply = await fetch(server.adminUrl("/metrics"));
  for (const line of (await reply.text())
    .split("\n")
    .filter((each) => each.startsWith("headgate_faults_total")))
    expect(line).toMatch(/ 0$/);
});
