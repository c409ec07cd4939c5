import type { Framing } from "@headgate/bus";
import { type Message, MessageType } from "@headgate/message";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LiveRequest, LiveViewer } from "./live-viewer.ts";
import { deny } from "./policy.ts";
import { TestGateway, useVirtualTime } from "./test-gateway.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

/** An entry is the type of its message and its time, in two bytes. What is left out for sound is empty. */
function twoBytes(leftOut?: number): Framing {
  return {
    entryLength: ({ type }) => (type === leftOut ? 0 : 2),
    write: (target, at, { type, timestamp }) => {
      if (type === leftOut) return at;
      target.set([type, timestamp], at);
      return at + 2;
    },
    read: ([type = 0, timestamp = 0]): Message => ({
      ...{ type, timestamp, messageStreamId: 0, payload: new Uint8Array() },
    }),
  };
}

const EVERYTHING = twoBytes();
const SOUND = twoBytes(MessageType.video);

/** A client that takes what it is given, for as long as it reads. */
class Player {
  readonly sent: number[] = [];
  reads = true;
  queuedBytes = 0;
  hasBegun = false;
  over: boolean | undefined;
  isGone = false;
  readonly remoteAddress = "192.0.2.9";
  viewer: LiveViewer | undefined;
  answer: string | undefined;

  get writable(): boolean {
    return this.reads;
  }

  get bytesSent(): number {
    return this.sent.length;
  }

  write(bytes: Uint8Array): boolean {
    this.sent.push(...bytes);
    if (!this.reads) this.queuedBytes += bytes.length;
    return this.reads;
  }

  /** Types of messages and their times. */
  get heard(): string {
    return this.sent.map((value, at) => (at % 2 === 0 ? (NAMES[value] ?? value) : `${value} `)).join("");
  }
}

const NAMES: Readonly<Record<number, string>> = { 8: "a", 9: "v", 18: "d" };

async function ask(world: TestGateway, path = "live/cam", more: Partial<LiveRequest> = {}): Promise<Player> {
  const player = new Player();
  const asked = await world.gateway.requestLive({
    ...{ transport: "http-flv", remoteAddress: player.remoteAddress, remotePort: 5_000, host: "example.org" },
    ...{ path, query: "key=secret", pageUrl: "", client: "Player/1", framing: EVERYTHING },
    isGone: () => player.isGone,
    begin: () => {
      player.hasBegun = true;
      return player;
    },
    onOver: (isWhole) => {
      player.over = isWhole;
    },
    ...more,
  });
  if (asked.kind === "deny") player.answer = asked.reason;
  else {
    player.viewer = asked;
    void asked.begun.then((denial) => {
      player.answer = denial?.reason ?? "begun";
    });
  }
  world.settle();
  await Promise.resolve();
  return player;
}

function publishing(world: TestGateway) {
  const publisher = world.publisher();
  publisher.media("avcC", 0);
  publisher.media("asc", 0);
  publisher.media("key", 1);
  publisher.media("aac", 2);
  return publisher;
}

describe("a player over HTTP", () => {
  it("begins at the keyframe, with the headers, and gets what follows", async () => {
    const world = new TestGateway();
    const publisher = publishing(world);
    const player = await ask(world);
    expect(player.heard).toBe("v1 a1 v1 a2 ");
    publisher.media("inter", 3);
    expect(player.heard).toMatch(/a2 v3 $/);
    expect(player.answer).toBe("begun");
  });

  it("shares nothing with those who want sound alone, who get that alone", async () => {
    const world = new TestGateway();
    const publisher = publishing(world);
    const [all, sound] = [await ask(world), await ask(world, "live/cam", { framing: SOUND })];
    for (let at = 3; at < 40; at += 1) publisher.media(at % 2 ? "inter" : "aac", at);
    expect(sound.heard).toMatch(/^a1 a2 a4 a6 .*a38 $/);
    expect(sound.heard).not.toContain("v");
    expect(all.heard).toMatch(/v37 a38 v39 $/);
  });

  it("waits for the publisher, and is answered when there is something", async () => {
    const world = new TestGateway();
    const player = await ask(world);
    world.pass(5_000);
    expect([player.hasBegun, player.answer]).toEqual([false, undefined]);
    publishing(world);
    expect(player.heard).toBe("v1 a1 v1 a2 ");
  });

  it("is told after a time that nobody publishes the stream", async () => {
    const world = new TestGateway();
    const player = await ask(world);
    world.pass(30_500);
    await Promise.resolve();
    expect([player.hasBegun, player.answer, player.over]).toEqual([false, "STREAM_NOT_PUBLISHED", undefined]);
    expect(world.gateway.refusals.get("STREAM_NOT_PUBLISHED")).toBe(1);
    expect(world.gateway.streams.size).toBe(0);
    expect(world.gateway.sessions.size).toBe(0);
  });

  it("ends with the stream, and everything is given back", async () => {
    const world = new TestGateway({ application: { resumeWindowMs: 0 } });
    const publisher = publishing(world);
    const player = await ask(world);
    expect(world.gateway.sessions.size).toBe(2);
    publisher.pair.far.end();
    world.settle();
    expect(player.over).toBe(true);
    expect([world.gateway.sessions.size, world.gateway.streams.size, world.gateway.logBytes]).toEqual([
      0, 0, 0,
    ]);
    expect(world.log.at(-1)).toMatchObject({
      msg: "session ended",
      transport: "http-flv",
      reason: "stream ended",
    });
    expect(world.logText).not.toContain("secret");
  });

  it("stays while a publisher may come back, and goes on with the next one", async () => {
    const world = new TestGateway({ application: { resumeWindowMs: 5_000 } });
    const publisher = publishing(world);
    const player = await ask(world);
    publisher.pair.far.end();
    world.settle();
    expect(player.over).toBeUndefined();
    publishing(world);
    expect(player.over).toBeUndefined();
    expect(player.sent.length).toBeGreaterThan(8);
  });

  it("that leaves is gone at once, at whatever moment", async () => {
    const world = new TestGateway();
    publishing(world);
    const viewing = await ask(world);
    const waiting = await ask(world, "live/other");
    const early = await ask(world, "live/cam", { isGone: () => true });
    viewing.viewer!.leave();
    waiting.viewer!.leave();
    waiting.viewer!.leave();
    await Promise.resolve();
    expect([viewing.over, waiting.answer, early.hasBegun]).toEqual([false, "begun", false]);
    expect(waiting.hasBegun).toBe(false);
    expect(world.gateway.sessions.size).toBe(1);
    expect(world.gateway.streams.size).toBe(1);
  });

  it("that does not read is given no more, holds its place, and is ended", async () => {
    const world = new TestGateway();
    const publisher = publishing(world);
    const player = await ask(world);
    player.reads = false;
    player.viewer!.onWritable();
    const { length } = player.sent;
    publisher.media("inter", 3);
    expect(player.sent).toHaveLength(length);
    player.reads = true;
    player.viewer!.onWritable();
    world.settle();
    expect(player.heard).toMatch(/v3 $/);
  });

  it("that takes nothing more is ended after a time", async () => {
    const world = new TestGateway();
    const publisher = publishing(world);
    const player = await ask(world);
    player.reads = false;
    publisher.media("inter", 3);
    player.reads = true;
    player.write = (bytes) => {
      player.reads = false;
      player.queuedBytes += bytes.length;
      return false;
    };
    publisher.media("inter", 4);
    world.pass(61_000);
    expect(player.over).toBe(false);
    expect(world.log.find(({ msg, role }) => msg === "session ended" && role === "viewer")).toMatchObject({
      reason: "stalled",
    });
  });

  it("is turned away by a policy as any other", async () => {
    const world = new TestGateway();
    const play = () => deny("NetStream.Play.Failed", "CREDENTIALS_INVALID");
    world.gateway.addPolicy({ name: "test", play });
    const player = await ask(world);
    expect([player.answer, player.hasBegun]).toEqual(["CREDENTIALS_INVALID", false]);
    expect(world.gateway.streams.size).toBe(0);
  });

  it("is ended by an operator, with its connection", async () => {
    const world = new TestGateway();
    publishing(world);
    const player = await ask(world);
    const session = [...world.gateway.sessions.values()].find(({ transport }) => transport === "http-flv")!;
    expect(session.uses).toMatchObject([
      { kind: "play", key: { path: "live/cam" }, playback: { lagCount: 0 } },
    ]);
    session.kick("kicked", "NetStream.Failed", "");
    expect(player.over).toBe(false);
    expect(world.gateway.sessions.size).toBe(1);
  });

  it("waits for no more streams than one address may", async () => {
    const world = new TestGateway({ limits: { maxWaitingStreamsPerAddress: 2 } });
    const players = [await ask(world, "live/a"), await ask(world, "live/b"), await ask(world, "live/c")];
    await Promise.resolve();
    expect(players.map(({ answer }) => answer)).toEqual(["WAITING_STREAMS_EXCEEDED", undefined, undefined]);
  });
});
