import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { MessageType } from "@headgate/message";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { ffmpegPlayer, rtmpdumpLivePlayer } from "../support/players.ts";
import { areMissing, nginx } from "../support/programs.ts";
import { ffmpegH264 } from "../support/publishers.ts";
import { SocketPeer } from "../support/socket-peer.ts";
import { startNginx } from "./proxies.ts";
import { describePublishing, type Seat } from "./publishing.ts";

const WAIT = { timeout: 15_000, interval: 100 };
const WORKERS = 3;

let server: HeadgateServer;

beforeAll(async () => {
  server = await startHeadgate({
    workers: WORKERS,
    applications: {
      live: { resumeWindow: "0s" },
      "flv:live": {},
      kept: { resumeWindow: "20s" },
      taken: { publisherPolicy: "takeover", resumeWindow: "20s" },
    },
    listeners: [{ tls: { maxVersion: "TLSv1.2" } }],
  });
}, 90_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
});

/** The processes below the server's. */
function workers(): number[] {
  const children = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, "utf8");
  return children.trim().split(" ").map(Number);
}

/** Connections go to the workers in turn, so that so many of them reach each. */
const each = <T>(make: () => T): T[] => Array.from({ length: WORKERS }, make);

function publish(application: string, stream: string): SocketPeer {
  const peer = SocketPeer.dial(server.port(0));
  peer.connect(application);
  peer.publish(stream);
  return peer;
}

function play(application: string, stream: string): SocketPeer {
  const peer = SocketPeer.dial(server.port(0));
  peer.connect(application);
  peer.play(stream);
  return peer;
}

const statusesOf = (peer: SocketPeer): string[] =>
  peer.commands
    .filter(([name]) => name === "onStatus")
    .map(([, , , info]) => (info as { readonly code: string }).code);

const timesOf = (peer: SocketPeer): number[] =>
  peer.messages.filter(({ type }) => type === MessageType.video).map(({ timestamp }) => timestamp);

function sendKey(peer: SocketPeer, timestamp: number): void {
  const payload = Uint8Array.of(0x17, 1, 0, 0, 0, 1);
  peer.send({ type: MessageType.video, timestamp, messageStreamId: 1, payload }, 6);
}

/** Twenty-five times a second, until the timer is cleared. */
function sendKeys(peer: SocketPeer, fromMs: number): NodeJS.Timeout {
  let timestamp = fromMs;
  return setInterval(() => {
    timestamp += 40;
    sendKey(peer, timestamp);
  }, 40);
}

/** Those that grow only. */
function counters(): Promise<readonly number[]> {
  const names = ["headgate_sessions_total", "headgate_received_bytes_total", "process_cpu_seconds_total"];
  return Promise.all(names.map((name) => server.metric(name)));
}

describe(`${WORKERS} workers`, () => {
  const seats = (["rtmp", "rtmps", "rtmpt"] as const).flatMap((scheme) =>
    each((): Seat => ({ player: ffmpegPlayer, scheme, port: () => server.port(0) })),
  );
  const encrypted = (["rtmpe", "rtmpte", "rtmpts"] as const).map(
    (scheme): Seat => ({ player: rtmpdumpLivePlayer, scheme, port: () => server.port(0) }),
  );

  describePublishing({
    publisher: ffmpegH264,
    scheme: "rtmp",
    port: () => server.port(0),
    seats: [...seats, ...encrypted],
    from: ["start"],
    server: () => server,
  });

  test("are one server to those who look after it", async () => {
    await vi.waitFor(async () => expect(await server.metric("headgate_connections")).toBe(0), WAIT);
    const publisher = publish("live", "counted");
    sendKey(publisher, 0);
    const players = [...each(() => play("live", "counted")), ...each(() => play("live", "counted"))];
    await vi.waitFor(() => expect(players.map((player) => timesOf(player).length)).not.toContain(0), WAIT);
    expect(await server.metric("headgate_connections")).toBe(1 + players.length);
    expect(await server.metric("headgate_viewers")).toBe(players.length);
    expect(await server.metric("headgate_publishers")).toBe(1);
    for (const peer of [publisher, ...players]) peer.close();
    await vi.waitFor(async () => expect(await server.metric("headgate_connections")).toBe(0), WAIT);
  });

  test.each([
    ["live/flv:a", "b"],
    ["live/mp4:a", "flv:raw:b"],
    ["flv:live", "cam"],
  ])("have streams by their whole names, also with a format in front: %s, %s", async (application, name) => {
    const publisher = publish(application, name);
    const timer = sendKeys(publisher, 0);
    await vi.waitFor(() => expect(statusesOf(publisher)).toEqual(["NetStream.Publish.Start"]), WAIT);
    const players = each(() => play(application, name));
    await vi.waitFor(() => expect(players.map((player) => timesOf(player).length)).not.toContain(0), WAIT);
    clearInterval(timer);
    for (const peer of [publisher, ...players]) peer.close();
  });

  test("have one publisher of a stream, whichever of them it comes to", async () => {
    const first = publish("live", "one");
    await vi.waitFor(() => expect(statusesOf(first)).toEqual(["NetStream.Publish.Start"]), WAIT);
    await sleep(200);
    const others = each(() => publish("live", "one"));
    await vi.waitFor(() => {
      expect(others.map(statusesOf)).toEqual(each(() => ["NetStream.Publish.BadName"]));
    }, WAIT);
    for (const peer of [first, ...others]) peer.close();
  });

  test("let a publisher take over from another one's, and its viewers go on", async () => {
    const first = publish("taken", "cam");
    sendKey(first, 1000);
    const players = each(() => play("taken", "cam"));
    await vi.waitFor(() => expect(players.map((player) => timesOf(player).length)).not.toContain(0), WAIT);
    const second = publish("taken", "cam");
    await vi.waitFor(() => expect(statusesOf(second)).toEqual(["NetStream.Publish.Start"]), WAIT);
    await vi.waitFor(() => expect(first.isClosed).toBe(true), WAIT);
    const timer = sendKeys(second, 0);
    await vi.waitFor(
      () => expect(Math.min(...players.map((player) => timesOf(player).length))).toBeGreaterThan(20),
      WAIT,
    );
    clearInterval(timer);
    for (const times of players.map(timesOf))
      expect(times.every((time, index) => index === 0 || time >= times[index - 1]!)).toBe(true);
    for (const peer of [second, ...players]) peer.close();
  });

  test("lose no more than the sessions of one that is killed, which is started anew", {
    timeout: 40_000,
  }, async () => {
    const before = workers();
    const publisher = publish("kept", "cam");
    sendKey(publisher, 1000);
    const players = [...each(() => play("kept", "cam")), ...each(() => play("kept", "cam"))];
    await vi.waitFor(() => expect(players.map((player) => timesOf(player).length)).not.toContain(0), WAIT);
    const counted = await counters();
    for (const victim of before) {
      const stood = players.filter((player) => !player.isClosed);
      if (publisher.isClosed || stood.length < players.length) break;
      process.kill(victim, "SIGKILL");
      await sleep(500);
      for (const [index, count] of (await counters()).entries())
        expect(count).toBeGreaterThanOrEqual(counted[index]!);
    }
    await vi.waitFor(() => {
      expect(workers().length).toBe(WORKERS);
      expect(workers()).not.toEqual(before);
    }, WAIT);
    const left = players.filter((player) => !player.isClosed);
    expect(left.length).toBeGreaterThanOrEqual(players.length - 3);
    const again = publisher.isClosed ? publish("kept", "cam") : publisher;
    const timer = sendKeys(again, 1000);
    const counts = left.map((player) => timesOf(player).length);
    await vi.waitFor(() => {
      left.forEach((player, index) => {
        expect(timesOf(player).length).toBeGreaterThan((counts[index] ?? 0) + 10);
      });
    }, WAIT);
    clearInterval(timer);
    for (const peer of [again, ...left]) peer.close();
    await vi.waitFor(async () => expect(await server.metric("headgate_connections")).toBe(0), WAIT);
  });

  test("let nobody wait for a worker that was given a connection and died before it took it", async () => {
    await vi.waitFor(() => expect(workers().length).toBe(WORKERS), WAIT);
    const victim = workers()[0]!;
    process.kill(victim, "SIGSTOP");
    const peers = [...each(() => play("live", "none")), ...each(() => play("live", "none"))];
    const waiting = (): SocketPeer[] => peers.filter((peer) => !peer.isClosed && peer.commands.length === 0);
    await vi.waitFor(() => expect(waiting().length).toBe(1), WAIT);
    const [given] = waiting();
    process.kill(victim, "SIGKILL");
    await vi.waitFor(() => expect(given?.isClosed).toBe(true), WAIT);
    expect(peers.filter((peer) => peer.isClosed)).toEqual([given]);
    for (const peer of peers) peer.close();
    await vi.waitFor(() => expect(workers()).toHaveLength(WORKERS), WAIT);
  });
});

describe.skipIf(areMissing(nginx))("requests of one tunnel that come to several workers", () => {
  // nginx with its defaults makes a connection for each request.
  describePublishing({
    publisher: ffmpegH264,
    ...{ scheme: "rtmp", by: "past nginx", port: () => server.port(0) },
    seats: [ffmpegPlayer, rtmpdumpLivePlayer].map((player) => ({
      player,
      ...{ scheme: "rtmpt" as const, by: "through nginx", port: () => proxyPort },
    })),
    from: ["start"],
    server: () => server,
  });
});

let proxyPort = 0;
beforeAll(async () => {
  if (areMissing(nginx)) return;
  const proxy = await startNginx(server.port(0));
  proxyPort = proxy.port;
});
