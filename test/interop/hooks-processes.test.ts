import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, type Scheme, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";
import { ffmpegPlayer } from "../support/players.ts";
import { areMissing, ffmpeg, ffprobe } from "../support/programs.ts";
import { publishWithFfmpeg } from "../support/publishers.ts";

const SCHEMES: readonly Scheme[] = ["rtmp", "rtmps", "rtmpt"];
const PATIENCE = { timeout: 60_000, interval: 100 };

/** Two seconds. */
const MEDIA = [...picture(), ...sound(), "-t", "2", ...h264(), ...audio("aac")];

/** What the hook was told, as `call name`. */
const told: string[] = [];
let hook: Server;
let origin: HeadgateServer;
let server: HeadgateServer;

beforeAll(async () => {
  hook = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    const form = new URLSearchParams(body);
    told.push(`${form.get("call")} ${form.get("name")}`);
    const isElsewhere = form.get("call") === "play" && form.get("name") === "elsewhere";
    if (isElsewhere) response.writeHead(302, { location: origin.url("studio", "one") });
    else if (form.get("call") === "publish" && form.get("key") !== "s3cret") response.writeHead(403);
    response.end();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => hook.once("listening", resolve));
  const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
  const hooks = [{ url, dialect: "nginx-rtmp", events: ["publish", "play", "unpublish", "stop"] }];
  [origin, server] = await Promise.all([
    startHeadgate({ applications: { studio: { resumeWindow: "0s" } } }),
    startHeadgate({ workers: 2, applications: { live: { resumeWindow: "0s", hooks } } }),
  ]);
}, 120_000);

afterAll(async () => {
  hook.close();
  await Promise.all([origin?.stop(), server?.stop()]).finally(killEveryChild);
});

test.skipIf(areMissing(ffmpeg, ffprobe)).each(SCHEMES)(
  "with two workers a hook decides over %s, and is told each end once",
  async (protocol) => {
    const file = encoded(MEDIA);
    const publish = (name: string, query: string) =>
      publishWithFfmpeg(
        file,
        server.url("live", `${name}?key=${query}`, { protocol }),
        server.file(`${name}.flv`),
      );
    const refused = await publish(`${protocol}-refused`, "wr0ng");
    expect((await refused.end(PATIENCE.timeout)).code).not.toBe(0);
    const player = ffmpegPlayer.start(server.url("live", protocol), server.file(protocol));
    await vi.waitUntil(() => told.includes(`play ${protocol}`), PATIENCE);
    const publisher = await publish(protocol, "s3cret");
    expect((await publisher.end(PATIENCE.timeout)).code).toBe(0);
    expect((await player.end(PATIENCE.timeout)).code).toBe(0);
    const { packets } = await ffmpegPlayer.read(server.file(protocol));
    expect(packets.length).toBeGreaterThan(100);
    await vi.waitUntil(() => told.includes(`play_done ${protocol}`), PATIENCE);
    const calls = told.filter((call) => call.endsWith(` ${protocol}`)).map((call) => call.split(" ")[0]);
    expect(calls.toSorted()).toEqual(["play", "play_done", "publish", "publish_done"]);
    expect(told.filter((call) => call.endsWith(` ${protocol}-refused`))).toEqual([
      `publish ${protocol}-refused`,
    ]);
  },
  180_000,
);

test.skipIf(areMissing(ffmpeg, ffprobe))(
  "a player that is redirected to another server gets the stream from there",
  async () => {
    const reference = server.file("elsewhere.flv");
    const player = ffmpegPlayer.start(server.url("live", "elsewhere"), server.file("elsewhere"));
    await vi.waitUntil(() => told.includes("play elsewhere"), PATIENCE);
    const publisher = await publishWithFfmpeg(encoded(MEDIA), origin.url("studio", "one"), reference);
    expect((await publisher.end(PATIENCE.timeout)).code).toBe(0);
    await player.stop();
    const said = new Set((await ffmpegPlayer.readReference(reference)).packets.map(({ hash }) => hash));
    const heard = (await ffmpegPlayer.read(server.file("elsewhere"))).packets;
    expect(heard.length).toBeGreaterThan(50);
    expect(heard.filter(({ hash }) => !said.has(hash))).toEqual([]);
  },
  180_000,
);
