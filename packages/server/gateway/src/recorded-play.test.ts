import { type AmfValue, decodeAmf0Values } from "@headgate/amf";
import { type Message, MessageType, readUserControl, UserControlType, userControl } from "@headgate/message";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Found } from "./play-source.ts";
import { TestRecordings } from "./recording.test.helper.ts";
import type { TestClient } from "./test-client.test.helper.ts";
import { TestGateway, type TestGatewayOptions, useVirtualTime } from "./test-gateway.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

/** A gateway with the recordings `live/film`, of four seconds, and `live/next`, of one. */
function worldWith(options: TestGatewayOptions = {}) {
  const world = new TestGateway(options);
  const recordings = new TestRecordings({ "live/film": 4000, "live/next": 1000, "live/long": 60_000 });
  world.gateway.addPlaySource(recordings);
  return { world, recordings };
}

/** A player of `film`, whose buffer holds all of it, and what it has heard so far. */
function playing(name = "film", bufferLengthMs = 36_000_000) {
  const { world, recordings } = worldWith();
  const player = world.connect();
  player.play(name);
  bufferLength(player, bufferLengthMs);
  return { world, recordings, player };
}

function bufferLength(player: TestClient, bufferLengthMs: number, value = 1): void {
  player.send(userControl({ event: UserControlType.setBufferLength, value, bufferLengthMs }), 2);
}

const USER_CONTROL = new Map(Object.entries(UserControlType).map(([name, event]) => [event as number, name]));

/** How many messages each client has been asked about. */
const heard = new WeakMap<TestClient, number>();

/** All that the player was told since the last time it was asked, user control and the facts of `onPlayStatus` among it. */
function told(player: TestClient): string[] {
  const from = heard.get(player) ?? 0;
  heard.set(player, player.messages.length);
  return player.messages.slice(from).flatMap(readable);
}

function readable({ type, timestamp, payload }: Message): string[] {
  if (type === MessageType.userControl) {
    const { event = -1 } = readUserControl(payload) ?? {};
    return event === UserControlType.pingRequest ? [] : [USER_CONTROL.get(event) ?? "?"];
  }
  if (type === MessageType.commandAmf0) return readableCommand(decodeAmf0Values(payload));
  if (type === MessageType.dataAmf0) return [readableData(decodeAmf0Values(payload), timestamp)];
  if (type !== MessageType.audio && type !== MessageType.video) return [];
  const kind = type === MessageType.audio ? ["asc", "aac"] : ["avcC", payload[0] === 0x17 ? "key" : "inter"];
  return [`${kind[payload[1] ?? 0]} ${timestamp}`];
}

function readableCommand([name, , , info]: readonly AmfValue[]): string[] {
  const { code } = (info ?? {}) as { code?: string };
  return name === "onStatus" ? [String(code)] : [];
}

function readableData([name, info]: readonly AmfValue[], timestamp: number): string {
  if (name !== "onPlayStatus" && name !== "onStatus") return `${String(name)} ${timestamp}`;
  const { code, level, ...facts } = info as Record<string, AmfValue>;
  return `${String(name)} ${String(code)} ${timestamp} ${JSON.stringify(facts)}`;
}

/** What comes before the first byte of a recording. */
const BEGINNING = [
  "streamIsRecorded",
  "streamBegin",
  "NetStream.Play.Reset",
  "NetStream.Play.Start",
  "|RtmpSampleAccess 0",
  "onStatus NetStream.Data.Start 0 {}",
];

/** The headers and the messages of a recording from one time to another, both included. */
function media(fromMs: number, toMs: number, shiftMs = 0): string[] {
  const lines: string[] = [];
  for (let at = fromMs; at <= toMs; at += 500)
    lines.push(`${at % 1000 === 0 ? "key" : "inter"} ${at + shiftMs}`, `aac ${at + shiftMs}`);
  return lines;
}

function headers(atMs: number): string[] {
  return [`onMetaData ${atMs}`, ...configurations(atMs)];
}

function configurations(atMs: number): string[] {
  return [`avcC ${atMs}`, `asc ${atMs}`];
}

/** 5 messages of 5 bytes and 5 of 2 for each two seconds, and the headers. */
function complete(durationS: number, bytes: number): string[] {
  const facts = JSON.stringify({ duration: durationS, bytes });
  return [`onPlayStatus NetStream.Play.Complete 0 ${facts}`, "NetStream.Play.Stop", "streamEof"];
}

function isComplete(line: string): boolean {
  return line.startsWith("onPlayStatus NetStream.Play.Complete");
}

describe("playing a recording", () => {
  it("is told message by message, from StreamIsRecorded to StreamEOF", () => {
    const { player, world } = playing();
    const lines = told(player);
    const end = lines.findIndex(isComplete);
    expect(lines.slice(lines.indexOf("streamIsRecorded"), end)).toEqual([
      ...BEGINNING,
      ...headers(0),
      ...media(0, 4000),
    ]);
    // 9 frames of 5 bytes and 9 of 2, two configurations of 7 together, and 36 bytes of metadata.
    expect(lines.slice(end)).toEqual(complete(4, 9 * 7 + 7 + 36));
    expect(world.gateway.streams.size).toBe(0);
    expect(world.gateway.faults.total).toBe(0);
  });

  it("goes by the clock, with one timer for all players", () => {
    const { world } = worldWith();
    const players = [1, 2, 3].map(() => {
      const player = world.connect();
      player.play("long");
      bufferLength(player, 2000);
      told(player);
      return player;
    });
    const before = vi.getTimerCount();
    world.pass(2000);
    expect(vi.getTimerCount()).toBeLessThanOrEqual(before + 1);
    for (const player of players) {
      const lines = told(player);
      expect(lines[0]).toMatch(/^(key|inter) 3[05]00$/);
      expect(lines.at(-1)).toMatch(/^aac (4500|5000)$/);
    }
  });

  it("reads nothing for a player that reads nothing, and goes on where that stopped", () => {
    const { world } = worldWith();
    const player = world.connect("live", { capacity: 64 });
    player.pair.far.pause();
    player.play("film");
    bufferLength(player, 36_000_000);
    world.pass(5000);
    player.pair.far.resume();
    world.settle();
    const lines = told(player);
    expect(lines.filter((line) => line.startsWith("key"))).toEqual(
      media(0, 4000).filter((line) => line.startsWith("key")),
    );
    expect(lines.at(-1)).toBe("streamEof");
  });

  it("is logged, and listed with the path of its stream", () => {
    const { world } = playing("long", 0);
    expect(world.log.find(({ msg }) => msg === "playing")).toMatchObject({
      stream: "live/long",
      recorded: true,
    });
    const [session] = world.gateway.sessions.values();
    expect(session?.uses).toMatchObject([{ kind: "play", key: { path: "live/long" }, stream: undefined }]);
  });

  it("gives the recording back when the player stops, or is gone", () => {
    for (const end of [
      (player: TestClient) => player.command(1, "closeStream", 0, null),
      (player: TestClient) => player.pair.far.destroy(),
    ]) {
      const { world, recordings, player } = playing("long", 0);
      end(player);
      world.settle();
      expect(recordings.opened.map(({ closed }) => closed)).toEqual([1]);
      const timers = vi.getTimerCount();
      world.pass(1000);
      expect(vi.getTimerCount()).toBeLessThanOrEqual(timers);
    }
  });

  it("may start anywhere, and last as long as the player says", () => {
    const { world, recordings } = worldWith();
    const player = world.connect();
    player.command(0, "createStream", 2, null);
    player.command(1, "play", 0, null, "film", 1700, 900);
    bufferLength(player, 36_000_000);
    const lines = told(player);
    expect(lines.slice(lines.indexOf("onMetaData 0"), lines.findIndex(isComplete))).toEqual([
      ...headers(0),
      ...media(1000, 2500, -1000),
    ]);
    expect(recordings.asked).toEqual(["live/film from 1700"]);
  });

  it("shows a single frame for a length of 0", () => {
    const { world } = worldWith();
    const player = world.connect();
    player.command(0, "createStream", 2, null);
    player.command(1, "play", 0, null, "film", 2000, 0);
    const lines = told(player);
    expect(lines.slice(lines.indexOf("onMetaData 0"), lines.findIndex(isComplete))).toEqual([
      ...headers(0),
      "key 0",
    ]);
  });

  it("plays on any NetStream, and several at once", () => {
    const { world } = worldWith();
    const player = world.connect();
    for (const id of [1, 2]) {
      player.command(0, "createStream", 1 + id, null);
      player.command(id, "play", 0, null, "long");
    }
    player.take();
    world.pass(1300);
    const lines = player.take();
    expect(lines).toContain("key 2000 on 1");
    expect(lines).toContain("key 2000 on 2");
  });
});

describe("seek in a recording", () => {
  it("is told in full, and begins with configurations and the keyframe at or before", () => {
    const { player } = playing("film", 0);
    told(player);
    player.command(1, "seek", 0, null, 3916);
    const lines = told(player);
    expect(lines).toEqual([
      "streamEof",
      "streamIsRecorded",
      "streamBegin",
      "NetStream.Seek.Notify",
      "NetStream.Play.Start",
      ...configurations(3000),
      ...media(3000, 4000),
      ...lines.slice(lines.findIndex(isComplete)),
    ]);
  });

  it("goes back after the end", () => {
    const { player } = playing();
    told(player);
    player.command(1, "seek", 0, null, 2999);
    const lines = told(player);
    expect(lines.slice(5, 7)).toEqual(configurations(2000));
    expect(lines.at(-1)).toBe("streamEof");
  });

  it("while paused shows one keyframe and nothing more", () => {
    const { world, player } = playing("long", 2000);
    player.command(1, "pause", 0, null, true, 500);
    told(player);
    player.command(1, "seek", 0, null, 10_400);
    expect(told(player).slice(5)).toEqual([...configurations(10_000), "key 10000"]);
    world.pass(5000);
    expect(told(player)).toEqual([]);
    player.command(1, "pause", 0, null, false, 10_000);
    expect(told(player)).toEqual([
      "streamIsRecorded",
      "streamBegin",
      "NetStream.Unpause.Notify",
      ...media(10_000, 13_000).slice(1),
    ]);
  });
});

describe("pause of a recording", () => {
  it("is told, and ends at the player's time", () => {
    const { world, player } = playing("long", 3000);
    told(player);
    player.command(1, "pause", 0, null, true, 700);
    expect(told(player)).toEqual(["NetStream.Pause.Notify", "streamEof"]);
    world.pass(10_000);
    expect(told(player)).toEqual([]);
    player.command(1, "pause", 0, null, false, 700);
    expect(told(player)).toEqual([
      "streamIsRecorded",
      "streamBegin",
      "NetStream.Unpause.Notify",
      ...media(1000, 4500),
    ]);
  });
});

describe("which stream a player gets", () => {
  function playFrom(player: TestClient, name: string, start: number): string[] {
    player.command(0, "createStream", 2, null);
    player.command(1, "play", 0, null, name, start);
    return told(player).filter((line) => line.startsWith("NetStream") || line.startsWith("stream"));
  }

  const RECORDED = ["streamIsRecorded", "streamBegin", "NetStream.Play.Reset", "NetStream.Play.Start"];
  const LIVE = RECORDED.slice(1);

  it.each([
    ["the live one", "any", -2000, LIVE],
    ["the live one", "live", -1000, LIVE],
    ["the recording", "from 0", 0, RECORDED],
    ["the recording", "from 1000", 1000, RECORDED],
  ])("is %s, although there are both, for %s", (_, __, start, expected) => {
    const { world } = worldWith();
    world.publisher("film");
    expect(playFrom(world.connect(), "film", start).slice(-expected.length)).toEqual(expected);
  });

  it.each([
    ["the recording", -2000, RECORDED],
    ["a live one to come", -1000, LIVE],
  ])("is %s while nothing is published (%i)", (_, start, expected) => {
    const { world } = worldWith();
    expect(playFrom(world.connect(), "film", start).slice(-expected.length)).toEqual(expected);
  });

  it.each([-2000, 0])("is a live one to come where there is no recording (%i)", (start) => {
    const { world } = worldWith();
    const player = world.connect();
    expect(playFrom(player, "cam", start).slice(-3)).toEqual(LIVE);
    world.publisher("cam").media("key", 0);
    expect(told(player)).toContain("key 0");
  });

  it("is none from a position where there is no recording, even if it is live", () => {
    const { world } = worldWith();
    world.publisher("cam");
    const player = world.connect();
    expect(playFrom(player, "cam", 5000).slice(-1)).toEqual(["NetStream.Play.StreamNotFound"]);
    expect(world.gateway.refusals.get("RECORDING_NOT_FOUND")).toBe(1);
  });

  it("is none for the name of a file that is not there", () => {
    const { world, recordings } = worldWith();
    const player = world.connect();
    expect(playFrom(player, "mp4:cam/12-00-00.mp4", -2000).slice(-1)).toEqual([
      "NetStream.Play.StreamNotFound",
    ]);
    expect(recordings.asked).toEqual(["live/cam/12-00-00.mp4 from any as mp4"]);
  });

  it.each(["flv:film", "mp4:film", "f4v:film", "mp3:film"])("is known by its name without %s", (name) => {
    const { world, recordings } = worldWith();
    expect(playFrom(world.connect(), name, -2000).slice(-4)).toEqual(RECORDED);
    expect(recordings.asked).toEqual([`live/film from any as ${name.slice(0, 3)}`]);
  });

  it.each(["mp4:../film", "mp4:a/../../etc/passwd", "flv:./film"])("is none for %s", (name) => {
    const { world, recordings } = worldWith();
    expect(playFrom(world.connect(), name, 0).slice(-1)).toEqual(["NetStream.Play.Failed"]);
    expect(recordings.asked).toEqual([]);
  });

  it("is what a policy allows: no other is looked for", () => {
    const { world, recordings } = worldWith();
    world.gateway.addPolicy({
      name: "test",
      play: ({ key, keyOf }) =>
        key.name === "film"
          ? { kind: "deny", status: "NetStream.Play.Failed", reason: "NOT_PERMITTED", description: "No." }
          : { kind: "allow", key: keyOf("next") as typeof key },
    });
    expect(playFrom(world.connect(), "film", 0).slice(-1)).toEqual(["NetStream.Play.Failed"]);
    expect(recordings.asked).toEqual([]);
    expect(playFrom(world.connect(), "alias", 0).slice(-4)).not.toContain("NetStream.Play.Failed");
    expect(recordings.asked).toEqual(["live/next from 0"]);
  });

  it("is the live one where another source says so, and another process of the server gets no recording", () => {
    const { world, recordings } = worldWith();
    const other = new TestGateway();
    other.gateway.addPlaySource({ find: () => "live" });
    other.gateway.addPlaySource(recordings);
    expect(playFrom(other.connect(), "film", -2000).slice(-3)).toEqual(LIVE);
    expect(playFrom(world.connect("live", { isInternal: true }), "film", -2000).slice(-3)).toEqual(LIVE);
    expect(recordings.asked).toEqual([]);
  });
});

describe("a recording that takes time to be found", () => {
  /** The recording, when the test says so. */
  function slow(options: TestGatewayOptions = {}) {
    const { world, recordings } = worldWith(options);
    let give: () => void = () => {};
    recordings.onFound = (found) =>
      new Promise<Found>((resolve) => {
        give = () => resolve(found);
      });
    const player = world.connect();
    player.play("film");
    return {
      world,
      recordings,
      player,
      give: async () => {
        give();
        await Promise.resolve();
        await new Promise((resolve) => queueMicrotask(() => resolve(undefined)));
        for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
        world.settle();
      },
    };
  }

  it("holds what the player wants meanwhile", async () => {
    const { player, give } = slow();
    told(player);
    player.command(1, "seek", 0, null, 3000);
    expect(told(player)).toEqual([]);
    await give();
    const lines = told(player);
    expect(lines.slice(0, 6)).toEqual(BEGINNING);
    expect(lines).toContain("NetStream.Seek.Notify");
    expect(lines).not.toContain("key 0");
    expect(lines).toContain("key 3000");
  });

  it("is closed if the player is gone meanwhile, or wants it no more", async () => {
    for (const end of [
      (player: TestClient) => player.command(1, "closeStream", 0, null),
      (player: TestClient) => player.pair.far.destroy(),
    ]) {
      const { world, recordings, player, give } = slow();
      end(player);
      world.settle();
      await give();
      expect(recordings.opened.map(({ closed }) => closed)).toEqual([1]);
    }
  });

  it("is given up after the time that policies have", async () => {
    const { world, recordings, player, give } = slow({ timeouts: { policyMs: 1000 } });
    world.pass(1500);
    expect(told(player).at(-1)).toBe("NetStream.Play.Failed");
    await give();
    expect(recordings.opened.map(({ closed }) => closed)).toEqual([1]);
  });
});

describe("a playlist", () => {
  function queue(player: TestClient, name: string, reset: AmfValue = false): void {
    player.command(1, "play", 0, null, name, -2, -1, reset);
  }

  it("goes on with times that go on, without a reset", () => {
    const { world } = worldWith();
    const player = world.connect();
    player.play("film");
    queue(player, "next");
    bufferLength(player, 36_000_000);
    world.pass(3000);
    const lines = told(player);
    const end = lines.findIndex((line) => line.startsWith("onPlayStatus NetStream.Play.Switch 0"));
    expect(JSON.parse(lines[end]!.slice(lines[end]!.indexOf("{")))).toMatchObject({ duration: 4 });
    expect(lines.slice(end + 1, -3)).toEqual([
      "NetStream.Play.Start",
      ...headers(4000),
      ...media(0, 1000, 4000),
    ]);
    expect(isComplete(lines.at(-3)!)).toBe(true);
    expect(lines.slice(-2)).toEqual(["NetStream.Play.Stop", "streamEof"]);
  });

  it("is told by a player that does not wait for answers", () => {
    const { world } = worldWith();
    const player = world.connect();
    player.command(0, "createStream", 2, null);
    for (const reset of [true, 0, 2]) player.command(1, "play", 0, null, "next", -2, -1, reset);
    bufferLength(player, 36_000_000);
    world.pass(3000);
    const lines = told(player);
    expect(lines.filter((line) => line === "NetStream.Play.Start")).toHaveLength(3);
    expect(lines.filter((line) => line === "NetStream.Play.Reset")).toHaveLength(1);
    expect(lines).toContain("key 3000");
  });

  it("goes on after the end", () => {
    const { world, player } = playing("next");
    world.pass(1000);
    told(player);
    queue(player, "film");
    expect(told(player).slice(0, 4)).toEqual(["NetStream.Play.Start", ...headers(1000)]);
  });

  it("ends with a play that resets it, and with what is not there", () => {
    const { world, recordings, player } = playing("long", 0);
    queue(player, "next");
    queue(player, "film", true);
    bufferLength(player, 36_000_000);
    world.pass(1000);
    expect(recordings.asked).toEqual(["live/long from any", "live/film from any"]);
    expect(recordings.opened.map(({ closed }) => closed)).toEqual([1, 0]);
    player.command(1, "play", 0, null, "mp4:nothing.mp4", -2, -1, false);
    expect(told(player).at(-1)).toBe("NetStream.Play.StreamNotFound");
  });

  it("may end with a live stream, behind which nothing comes", () => {
    const { world } = worldWith();
    const publisher = world.publisher("cam");
    const player = world.connect();
    player.play("long");
    queue(player, "cam");
    queue(player, "film");
    told(player);
    player.command(1, "seek", 0, null, 60_000);
    const lines = told(player);
    expect(lines.filter((line) => line === "NetStream.Play.Failed")).toHaveLength(1);
    publisher.media("key", 0);
    expect(told(player)).toEqual(["key 0"]);
  });

  it("has a limit", () => {
    const { player } = playing("long", 0);
    told(player);
    for (let i = 0; i < 64; i += 1) queue(player, "next");
    expect(told(player)).toEqual([]);
    queue(player, "next");
    expect(told(player)).toEqual(["NetStream.Play.Failed"]);
  });

  it("behind a live stream is refused as before", () => {
    const { world } = worldWith();
    world.publisher("cam");
    const player = world.viewer("cam");
    told(player);
    queue(player, "film");
    expect(told(player)).toEqual(["NetStream.Play.Failed"]);
    expect(world.gateway.refusals.get("PLAYLIST_UNSUPPORTED")).toBe(1);
  });
});

describe("play2", () => {
  function play2(player: TestClient, options: { readonly [key: string]: AmfValue }): void {
    player.command(1, "play2", 0, null, options);
  }

  it("switches at the next keyframe, and tells the time of its first frame", () => {
    const { world, recordings, player } = playing("film", 0);
    told(player);
    play2(player, { streamName: "long", oldStreamName: "film", transition: "switch", start: 0, len: -1 });
    expect(told(player)).toEqual(["NetStream.Play.Transition"]);
    world.pass(1300);
    expect(told(player)).toEqual([
      ...media(1500, 1500),
      ...headers(2000),
      "key 2000",
      `onPlayStatus NetStream.Play.TransitionComplete 2000 ${JSON.stringify({ details: "long", isFastPlay: false })}`,
      "aac 2000",
    ]);
    expect(recordings.opened.map(({ closed }) => closed)).toEqual([1, 0]);
    const [session] = world.gateway.sessions.values();
    expect(session?.uses.map(({ key }) => key.path)).toEqual(["live/long"]);
  });

  it("is refused for what is not there, for a live stream, and by a policy; what is played goes on", () => {
    const { world, recordings, player } = playing("long", 0);
    world.publisher("cam");
    told(player);
    for (const streamName of ["mp4:nothing.mp4", "cam", "../film"]) {
      play2(player, { streamName, transition: "switch" });
      expect(told(player)).toEqual(["NetStream.Play.Failed"]);
    }
    world.pass(1300);
    expect(told(player)).toContain("key 2000");
    expect(recordings.opened.map(({ closed }) => closed)).toEqual([0]);
  });

  it("resets, appends and stops as play does", () => {
    const { recordings, player } = playing("long", 0);
    told(player);
    play2(player, { streamName: "next", transition: "append" });
    expect(told(player)).toEqual([]);
    play2(player, { streamName: "film", transition: "reset" });
    expect(told(player).slice(0, 7)).toEqual(["NetStream.Play.Stop", ...BEGINNING]);
    play2(player, { transition: "stop" });
    expect(told(player)).toEqual(["NetStream.Play.Stop"]);
    expect(recordings.opened.map(({ closed }) => closed)).toEqual([1, 1]);
  });
});

describe("getStreamLength", () => {
  /** What the player is answered. */
  async function lengthOf(world: TestGateway, name: string): Promise<AmfValue> {
    const player = world.connect();
    player.command(0, "getStreamLength", 7, null, name);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    world.settle();
    return player.commands.find(([command, id]) => command === "_result" && id === 7)?.[3];
  }

  it("is the duration of a recording in seconds, and 0 of all else", async () => {
    const { world } = worldWith();
    expect(await lengthOf(world, "film?token=1")).toBe(4);
    expect(await lengthOf(world, "mp4:film")).toBe(4);
    expect(await lengthOf(world, "nothing")).toBe(0);
    expect(await lengthOf(world, "../film")).toBe(0);
    world.publisher("film");
    expect(await lengthOf(world, "film")).toBe(0);
  });

  it("is told to a peer that asks a thousand times, of a few at once", async () => {
    const { world } = worldWith();
    const player = world.connect();
    for (let id = 2; id < 1002; id += 1) player.command(0, "getStreamLength", id, null, "film");
    for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
    world.settle();
    expect(player.commands.filter(([name]) => name === "_result")).toHaveLength(1001);
    expect(world.gateway.faults.total).toBe(0);
  });
});

describe("an operator", () => {
  it("turns a player from a recording to a live stream, and ends it", () => {
    const { world, recordings, player } = playing("long", 0);
    const publisher = world.publisher("cam");
    publisher.media("key", 0);
    told(player);
    const [session] = world.gateway.sessions.values();
    expect(session?.switchPlays(world.gateway.keyOf("live/cam") as never)).toBe(1);
    world.settle();
    expect(told(player)).toEqual(["streamBegin", "NetStream.Play.Reset", "NetStream.Play.Start", "key 0"]);
    expect(recordings.opened.map(({ closed }) => closed)).toEqual([1]);
    player.command(1, "play", 0, null, "long");
    const use = session!.uses[0]!;
    session?.endUse(use, "DURATION_EXCEEDED", "NetStream.Play.Failed", "Over.");
    world.settle();
    expect(told(player).at(-1)).toBe("NetStream.Play.Failed");
    expect(recordings.opened.map(({ closed }) => closed)).toEqual([1, 1]);
  });
});
