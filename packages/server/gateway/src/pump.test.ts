import { MessageType } from "@headgate/message";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TestClient } from "./test-client.test.helper.ts";
import { TestGateway, useVirtualTime } from "./test-gateway.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

/** More than all peers together may take in one turn of the event loop. */
const ALL_TIME_MS = 1000;

describe("a peer", () => {
  it("connects and publishes, and another one plays the stream", () => {
    const world = new TestGateway();
    const publisher = world.dial();
    publisher.handshake();
    publisher.connect("live");
    expect(publisher.take()).toEqual(["_result NetConnection.Connect.Success", "onBWDone"]);
    publisher.publish("cam");
    expect(publisher.take()).toEqual(["_result", "NetStream.Publish.Start on 1"]);
    publisher.metadata({ width: 640 });
    publisher.media("avcC", 0);
    publisher.media("asc", 0);
    publisher.media("key", 0);
    const viewer = world.viewer();
    publisher.media("inter", 40);
    publisher.media("aac", 45);
    expect(viewer.take()).toEqual([
      "_result",
      "NetStream.Play.Reset on 1",
      "NetStream.Play.Start on 1",
      "|RtmpSampleAccess on 1",
      "onMetaData on 1",
      "avcC 0 on 1",
      "asc 0 on 1",
      "key 0 on 1",
      "inter 40 on 1",
      "aac 45 on 1",
    ]);
  });

  it("is understood even if it sends everything at once, byte by byte or in one piece", () => {
    const everything: Uint8Array[] = [];
    const recorder = new TestGateway().dial();
    const { far } = recorder.pair;
    const write = far.write.bind(far);
    far.write = (bytes) => {
      everything.push(bytes);
      return write(bytes);
    };
    recorder.handshake();
    recorder.connect("live");
    recorder.publish("cam");
    recorder.media("key", 0, { length: 300 });
    for (const pieces of [
      [Buffer.concat(everything)],
      [...Buffer.concat(everything)].map((b) => Uint8Array.of(b)),
    ]) {
      const world = new TestGateway();
      const viewer = world.viewer();
      viewer.take();
      const publisher = world.dial();
      for (const piece of pieces) publisher.pair.far.write(piece);
      world.settle();
      expect(viewer.take()).toEqual(["NetStream.Play.PublishNotify on 1", "key 0 on 1"]);
    }
  });

  it("is refused an unknown application with an _error, and then closed", () => {
    const world = new TestGateway();
    const client = world.dial();
    client.handshake();
    client.connect("secret");
    expect(client.take()).toEqual(["_error NetConnection.Connect.InvalidApp"]);
    expect(client.closed).toEqual({ reason: undefined });
    expect(world.gateway.connections).toBe(0);
  });

  it("is refused everything after that", () => {
    const world = new TestGateway();
    const client = world.dial();
    client.handshake();
    client.pair.far.pause();
    client.connect("secret");
    client.publish("cam");
    client.pair.far.resume();
    world.settle();
    expect(client.take()).toEqual(["_error NetConnection.Connect.InvalidApp"]);
    expect(world.gateway.streams.size).toBe(0);
  });

  it("ends its connection by closing it, or by asking for it", () => {
    const world = new TestGateway();
    const [closing, asking] = [world.publisher("a"), world.publisher("b")];
    closing.pair.far.end();
    asking.command(0, "close", 0, null);
    expect([closing.closed, asking.closed]).toEqual([{ reason: undefined }, { reason: undefined }]);
    expect(world.gateway.connections).toBe(0);
  });

  it("leaves nothing behind, however it ends", () => {
    const world = new TestGateway({ application: { resumeWindowMs: 0 } });
    for (const go of ["end", "destroy", "breakOff"] as const) {
      const [publisher, viewer] = [world.publisher(), world.viewer()];
      publisher.media("key", 0, { length: 10_000 });
      for (const { pair } of [publisher, viewer]) pair.far[go]("connection reset");
      world.settle();
      expect(world.gateway.connections).toBe(0);
      expect(world.gateway.streams.size).toBe(0);
      expect(world.gateway.logBytes).toBe(0);
    }
  });
});

describe("a protocol error", () => {
  const garbage = new Uint8Array(100).fill(0xc7);

  it("ends that connection and no other", () => {
    const world = new TestGateway();
    const [publisher, viewer, bad] = [world.publisher(), world.viewer(), world.connect()];
    viewer.take();
    bad.sendRaw(garbage);
    expect(bad.closed).toEqual({ reason: undefined });
    publisher.media("key", 0);
    publisher.media("inter", 40);
    expect(viewer.take()).toEqual(["key 0 on 1", "inter 40 on 1"]);
    expect([publisher.closed, viewer.closed, world.gateway.connections]).toEqual([undefined, undefined, 2]);
  });

  it.each([
    [
      "in the handshake",
      "HANDSHAKE_VERSION_UNSUPPORTED",
      (world: TestGateway) => world.dial().sendRaw(garbage),
    ],
    [
      "before connect",
      "COMMAND_BEFORE_CONNECT",
      (world: TestGateway) => {
        const client = world.dial();
        client.handshake();
        client.command(0, "createStream", 2, null);
      },
    ],
    ["of a chunk", "CHUNK_HEADER_MISSING", (world: TestGateway) => world.connect().sendRaw(garbage)],
    [
      "of a message",
      "AMF_TRUNCATED",
      (world: TestGateway) => {
        const payload = Uint8Array.of(2, 0, 100);
        world.connect().send({ type: MessageType.commandAmf0, timestamp: 0, messageStreamId: 0, payload });
      },
    ],
  ])("%s is logged with its code and section, and is the reason of the end", (_, code, offend) => {
    const world = new TestGateway();
    offend(world);
    const warning = world.log.find(({ level }) => level === 40);
    expect(warning).toMatchObject({ code, section: expect.stringMatching(/§/), remoteAddress: "192.0.2.1" });
    expect(world.log.at(-1)).toMatchObject({ msg: "session ended", reason: code });
    expect(world.gateway.connections).toBe(0);
    expect(world.gateway.faults.total).toBe(0);
  });

  it("of a publisher ends its stream, and viewers are told", () => {
    const world = new TestGateway({ application: { resumeWindowMs: 0 } });
    const [publisher, viewer] = [world.publisher(), world.viewer()];
    publisher.media("key", 0);
    publisher.sendRaw(garbage);
    expect(viewer.take().slice(-2)).toEqual(["key 0 on 1", "NetStream.Play.UnpublishNotify on 1"]);
  });

  it("is the last input read from the peer, whatever it goes on sending", () => {
    const world = new TestGateway();
    const client = world.connect();
    client.pair.far.pause();
    for (let i = 0; i < 10; i++) client.sendRaw(garbage);
    expect(world.log.filter(({ level }) => level === 40).length).toBe(1);
    client.pair.far.resume();
    world.settle();
    expect(client.closed).toBeDefined();
  });

  it("does not cancel the answers to earlier requests", () => {
    const world = new TestGateway();
    const client = world.connect();
    client.pair.near.pause();
    client.command(0, "createStream", 2, null);
    client.sendRaw(garbage);
    client.pair.near.resume();
    world.settle();
    expect(client.take()).toEqual(["_result"]);
    expect(client.closed).toBeDefined();
  });
});

describe("a peer that sends a flood of messages", () => {
  const count = 10_000;
  const expected = Array.from({ length: count }, (_, timestamp) => `aac ${timestamp} on 1`);

  const heard = (viewer: TestClient) => viewer.take().filter((text) => text.startsWith("aac"));

  /** Each look at the clock finds it so much later, as if the messages took that long. */
  function looksTake(ms: number): void {
    const now = performance.now.bind(performance);
    let lateMs = 0;
    vi.spyOn(performance, "now").mockImplementation(() => {
      lateMs += ms;
      return now() + lateMs;
    });
  }

  /** A world in which a publisher floods the gateway with audio, and a viewer of that. */
  function flood() {
    const world = new TestGateway();
    const [publisher, viewer] = [world.publisher(), world.viewer()];
    viewer.take();
    const sent: Uint8Array[] = [];
    const { far } = publisher.pair;
    const write = far.write.bind(far);
    far.write = (bytes) => sent.push(bytes) < 0;
    for (const timestamp of [0, 1, 2]) publisher.media("aac", timestamp);
    // From the third on the encoder repeats itself: each message is one more of the same, a millisecond later.
    write(Buffer.concat([...sent, ...Array(count - sent.length).fill(sent[2])]));
    looksTake(0.1);
    publisher.pair.deliver();
    return { world, publisher, viewer, write, log: world.gateway.streams.get("live/cam")!.log() };
  }

  it("is read in parts, so that others have their turns, and none is lost", () => {
    const { world, viewer, log } = flood();
    const readAtOnce = log.head;
    world.settle();
    expect(readAtOnce).toBeGreaterThan(0);
    expect(log.head).toBeGreaterThan(2 * readAtOnce);
    for (let turns = 0; turns < 100; turns++) world.settle();
    expect(heard(viewer)).toEqual(expected);
  });

  it("is not read from while much of it waits, and goes on later", () => {
    const { world, publisher, write } = flood();
    const { near } = publisher.pair;
    const [pause, resume] = [vi.spyOn(near, "pause"), vi.spyOn(near, "resume")];
    write(new Uint8Array(300 * 1024).fill(0xc4));
    publisher.pair.deliver();
    expect(pause).toHaveBeenCalledOnce();
    expect(resume).not.toHaveBeenCalled();
    for (let turns = 0; turns < 1000 && resume.mock.calls.length === 0; turns++) world.settle();
    expect(resume).toHaveBeenCalledOnce();
  });

  it("may leave before all of it has been read, and none is lost", () => {
    const { world, publisher, viewer } = flood();
    publisher.pair.far.end();
    for (let turns = 0; turns < 100; turns++) world.settle();
    expect(heard(viewer)).toEqual(expected);
    expect(publisher.closed).toBeDefined();
    expect(world.gateway.connections).toBe(1);
    expect(world.log.at(-1)).toMatchObject({ msg: "session ended", reason: "peer closed" });
  });
});

describe("a handshake after the time for all peers is used up", () => {
  it("waits for the next turn, and for no longer", () => {
    const world = new TestGateway();
    const client = world.dial();
    world.driverContext.turns.spendPrompt(ALL_TIME_MS);
    client.start();
    client.pair.deliver();
    expect(client.pair.near.bytesSent).toBe(0);
    world.settle();
    expect(client.pair.near.bytesSent).toBe(1 + 2 * 1536);
    client.connect("live");
    expect(client.take()).toContain("_result NetConnection.Connect.Success");
  });

  it("is dropped when its peer leaves meanwhile", () => {
    const world = new TestGateway();
    const client = world.dial();
    world.driverContext.turns.spendPrompt(ALL_TIME_MS);
    client.pair.far.write(Uint8Array.of(3));
    client.pair.deliver();
    client.pair.far.destroy();
    world.settle();
    expect([world.gateway.connections, world.gateway.faults.total]).toEqual([0, 0]);
  });
});

describe("an error of our own", () => {
  it("ends that connection and no other, and is counted", () => {
    const world = new TestGateway();
    const [publisher, viewer, victim] = [world.publisher(), world.viewer(), world.viewer()];
    viewer.take();
    victim.pair.near.write = () => {
      throw new Error("a bug");
    };
    publisher.media("key", 0);
    expect(viewer.take()).toEqual(["key 0 on 1"]);
    expect(victim.closed).toBeDefined();
    expect([world.gateway.connections, world.gateway.faults.total]).toEqual([2, 1]);
    expect(world.log.find(({ level }) => level === 50)).toMatchObject({
      msg: "internal error; please report it",
      err: { message: "a bug" },
      session: expect.any(String),
    });
    expect(world.log.at(-1)).toMatchObject({ msg: "session ended", reason: "internal error" });
  });
});

describe("a peer that does not read", () => {
  it("is ended once its unread replies are more than the limit", () => {
    const world = new TestGateway({ limits: { maxPendingOutputBytes: 10_000 } });
    const [client, other] = [world.connect("live", { capacity: 1000 }), world.connect()];
    client.pair.far.pause();
    for (let i = 0; i < 1000 && world.gateway.connections === 2; i++)
      client.command(0, "getStreamLength", i + 2, null);
    world.pass(2000);
    expect(world.gateway.connections).toBe(1);
    expect(world.log.at(-1)).toMatchObject({ msg: "session ended", reason: "OUTPUT_EXCEEDED" });
    other.command(0, "createStream", 2, null);
    expect(other.take()).toEqual(["_result"]);
  });

  it("may leave replies up to the limit unread, time after time", () => {
    const world = new TestGateway({ limits: { maxPendingOutputBytes: 10_000 } });
    const client = world.connect("live", { capacity: 1000 });
    for (let round = 0; round < 10; round++) {
      client.pair.far.pause();
      for (let i = 0; i < 100; i++) client.command(0, "getStreamLength", 2 + i, null);
      client.pair.far.resume();
      world.settle();
      expect(client.take().length).toBe(100);
    }
    expect(client.closed).toBeUndefined();
  });

  it("keeps no media waiting: its log position stands still, and it goes on where it stood", () => {
    const world = new TestGateway();
    const [publisher, viewer] = [world.publisher(), world.viewer("cam", { capacity: 10_000 })];
    viewer.take();
    viewer.pair.far.pause();
    publisher.media("key", 0, { length: 5000 });
    for (let i = 1; i <= 100; i++) publisher.media("inter", 40 * i, { length: 5000 });
    expect(viewer.pair.far.waitingBytes).toBeLessThan(300_000);
    viewer.pair.far.resume();
    world.settle();
    expect(viewer.take()).toEqual([
      "key 0 on 1",
      ...Array.from({ length: 100 }, (_, i) => `inter ${40 * (i + 1)} on 1`),
    ]);
  });
});
