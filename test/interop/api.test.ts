import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MessageType } from "@headgate/message";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Child, killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { areMissing, ffmpeg } from "../support/programs.ts";
import { ffmpegH264 } from "../support/publishers.ts";
import { SocketPeer } from "../support/socket-peer.ts";

const WAIT = { timeout: 15_000, interval: 100 };
const MAIN = fileURLToPath(new URL("../../apps/headgate/dist/main.js", import.meta.url));

afterAll(killEveryChild);

/** A client that plays, knows how to connect again, and answers pings. */
function play(server: HeadgateServer, stream: string): SocketPeer {
  const peer = SocketPeer.dial(server.port(0));
  peer.answersPings = true;
  peer.connect("live", { capsEx: 1 });
  peer.play(stream);
  return peer;
}

function publish(server: HeadgateServer, stream: string): SocketPeer {
  const peer = SocketPeer.dial(server.port(0));
  peer.connect("live");
  peer.publish(stream);
  peer.payload(MessageType.audio, [4, 1], 0, Uint8Array.of(0xaf, 0, 0x12, 0x10));
  return peer;
}

describe("two workers with tokens", () => {
  let server: HeadgateServer;
  let token: string;

  beforeAll(async () => {
    const made = new Child(process.execPath, [MAIN, "token", "ops"]);
    await made.exited;
    const [, printed = "", hash = ""] = /(hgt_\S+)[\s\S]*"(sha256:[0-9a-f]+)"/.exec(made.output) ?? [];
    token = printed;
    server = await startHeadgate({
      workers: 2,
      applications: { live: {} },
      listeners: [{ protocols: ["rtmp"] }],
      admin: { tokens: [{ name: "ops", hash, scopes: ["read", "control"] }], compatibility: ["nginx-rtmp"] },
    });
  }, 60_000);

  afterAll(() => server?.stop());

  async function ask(path: string, method = "GET", body?: object) {
    const reply = await fetch(server.adminUrl(path), {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { "content-type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: reply.status, text: await reply.text() };
  }

  test("tell nobody without a token anything but whether they are there", async () => {
    const status = async (path: string) => (await fetch(server.adminUrl(path))).status;
    expect(await status("/healthz")).toBe(200);
    for (const path of ["/metrics", "/api/v1/relays", "/api/v1/streams", "/api/v1/docs", "/stat"])
      expect([path, await status(path)]).toEqual([path, 401]);
    for (const path of ["/metrics", "/api/v1/relays", "/api/v1/docs"])
      expect((await ask(path)).status).toBe(200);
  });

  test.skipIf(areMissing(ffmpeg))("tell what ffmpeg publishes, and all viewers of it", async () => {
    const publisher = await ffmpegH264.start(server.url("live", "cam"), server.file("cam.flv"));
    const viewers = Array.from({ length: 4 }, () => play(server, "cam"));
    const stream = await vi.waitFor(async () => {
      const { stream: found } = JSON.parse((await ask("/api/v1/streams/live/cam")).text);
      expect(found).toMatchObject({ clients: 5, viewers: { rtmp: 4 }, video: { codec: "H264" } });
      expect(found.kbps.video_10s).toBeGreaterThan(20);
      expect([found.rtt_ms, found.keyframe_interval_ms]).toEqual([expect.any(Number), expect.any(Number)]);
      return found;
    }, WAIT);
    expect(stream).toMatchObject({
      video: { width: 320, height: 180, level: expect.stringMatching(/^\d\.\d$/) },
      audio: { codec: "AAC", profile: "LC", sample_rate: 48_000 },
      source: "client",
      transport: "rtmp",
      keyframe_interval_ms: 1_000,
    });
    expect(Math.abs(stream.av_drift_ms)).toBeLessThan(2_000);
    expect((await ask("/stat")).text).toMatch(
      /<name>cam<\/name>.*<bw_video>[1-9]\d*<\/bw_video>.*<width>320</s,
    );
    // It ends as ffmpeg does when its server has gone.
    expect((await ask("/api/v1/streams/live/cam", "DELETE")).status).toBe(200);
    await publisher.exited;
    for (const viewer of viewers) viewer.close();
  });

  test("kick, redirect and list in whichever worker a client is", async () => {
    const peers = Array.from({ length: 4 }, () => play(server, "waiting"));
    const list = async (query = "") => JSON.parse((await ask(`/api/v1/clients${query}`)).text).clients;
    const clients = await vi.waitFor(async () => {
      const playing = (await list("?count=100")).filter(
        ({ stream }: { stream: string }) => stream === "live/waiting",
      );
      expect(playing).toHaveLength(4);
      return playing as { id: string }[];
    }, WAIT);
    for (const [index, { id }] of clients.entries()) {
      if (index % 2 === 0) expect((await ask(`/api/v1/clients/${id}`, "DELETE")).status).toBe(200);
      else {
        const url = { url: "rtmp://other.example/live" };
        expect((await ask(`/api/v1/clients/${id}/redirect`, "POST", url)).status).toBe(200);
      }
    }
    await vi.waitFor(() => expect(peers.filter(({ isClosed }) => isClosed)).toHaveLength(2), WAIT);
    const codes = peers.flatMap(({ commands }) =>
      commands.map((command) => (command[3] as { code?: string })?.code),
    );
    expect(codes.filter((code) => code === "NetStream.Play.Failed")).toHaveLength(2);
    expect(codes.filter((code) => code === "NetConnection.Connect.ReconnectRequest")).toHaveLength(2);
    for (const peer of peers) peer.close();
  });
});

describe("what docs/api.md shows", () => {
  let server: HeadgateServer;

  beforeAll(async () => {
    server = await startHeadgate({
      applications: { live: { record: { format: "flv", when: "asked" } } },
      admin: { compatibility: ["nginx-rtmp", "mediamtx"] },
    });
  }, 30_000);

  afterAll(() => server?.stop());

  const page = readFileSync(new URL("../../docs/api.md", import.meta.url), "utf8");
  const shown = [...page.matchAll(/^ {4}(curl .*)$/gm)].map(([, line]) => line!);
  // The first wants certificates, and is run in admin-callers.test.ts; the other ends the server, in updates.test.ts.
  const lines = shown.filter((line) => !line.includes("--cacert") && !line.endsWith("/drain"));

  test("is a few commands", () => expect(lines.length).toBeGreaterThan(8));

  test.each(lines)("%s", async (line) => {
    const peers = [publish(server, "cam"), publish(server, "other"), play(server, "cam")];
    const id = await vi.waitFor(async () => {
      const { clients } = (await (await fetch(server.adminUrl("/api/v1/clients?count=100"))).json()) as {
        clients: { id: string; stream: string; publish: boolean }[];
      };
      const viewer = clients.findLast(
        ({ stream, publish: publishes }) => stream === "live/cam" && !publishes,
      );
      expect(clients.filter(({ publish: publishes }) => publishes)).toHaveLength(2);
      expect(viewer).toBeDefined();
      return viewer!.id;
    }, WAIT);
    if (line.includes("/recordings/stop")) await startRecording(server);
    const { url, ...request } = requestOf(
      line
        .replace("$ID", id)
        .replace("$BAN", await banned(server))
        .replace("$FILE", recorded(server))
        .replace("$TOKEN", "hgt_any"),
    );
    const reply = await fetch(url.replace("http://127.0.0.1:1985", server.adminUrl("")), request);
    expect([reply.status, await reply.text()]).toEqual([200, expect.not.stringContaining("error")]);
    for (const peer of peers) peer.close();
    await vi.waitFor(async () => {
      expect(
        ((await (await fetch(server.adminUrl("/api/v1/clients"))).json()) as { total: number }).total,
      ).toBe(0);
    }, WAIT);
  });
});

async function startRecording(server: HeadgateServer): Promise<void> {
  const reply = await fetch(server.adminUrl("/api/v1/recordings"), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ stream: "live/cam" }),
  });
  // That of the line before goes on while its publisher may come back.
  expect([200, 409]).toContain(reply.status);
}

/** The file of a new recording, as the server's manifest has it. */
function recorded(server: HeadgateServer): string {
  const file = "live/recorded.flv";
  const manifest = server.file("recordings/.headgate");
  mkdirSync(manifest, { recursive: true });
  const lines = [
    { event: "begun", file, stream: "live/recorded", format: "flv", startedMs: Date.now() },
    { event: "complete", file, durationMs: 1_000, bytes: 1 },
  ];
  appendFileSync(
    join(manifest, "0000000001.jsonl"),
    lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
  );
  return file;
}

/** The id of a new ban. */
async function banned(server: HeadgateServer): Promise<string> {
  const reply = await fetch(server.adminUrl("/api/v1/bans"), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ address: "203.0.113.10", seconds: 60 }),
  });
  return ((await reply.json()) as { ban: { id: string } }).ban.id;
}

/** What curl would send. */
function requestOf(line: string): {
  url: string;
  method: string;
  headers: Record<string, string>;
  body?: string;
} {
  const words = [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)]
    .map(([, a, b, c]) => a ?? b ?? c ?? "")
    .slice(1);
  const headers: Record<string, string> = {};
  let [url, method, body] = ["", "GET", undefined as string | undefined];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === "-X") method = words.shift()!;
    else if (word === "-d") body = words.shift();
    else if (word === "-H") {
      const [name = "", value = ""] = words.shift()!.split(": ");
      headers[name] = value;
    } else url = word;
  }
  return { url, method, headers, ...(body !== undefined && { body }) };
}
