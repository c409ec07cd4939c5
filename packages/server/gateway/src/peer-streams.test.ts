import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TestGateway, useVirtualTime } from "./test-gateway.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

describe("publishing", () => {
  it.each(["record", "append"])("is refused for %s: there are no recordings", (type) => {
    const world = new TestGateway();
    const client = world.connect();
    client.publish("cam", { type });
    expect(client.take()).toEqual(["_result", "NetStream.Record.NoAccess on 1"]);
    expect(world.gateway.streams.size).toBe(0);
  });

  it.each(["record", "append", "appendWithGap"] as const)(
    "is allowed for %s where a policy grants a recording, and observers hear of it",
    (type) => {
      const world = new TestGateway();
      world.gateway.addPolicy({ name: "records", publish: () => ({ kind: "allow", mayRecord: true }) });
      const types: unknown[] = [];
      world.gateway.observe({ published: (_, source) => types.push(source.type) });
      world.gateway.observeSessions({
        published: (session, use) => {
          types.push(use.type);
          session.tellRecording(use, "begun");
        },
      });
      const client = world.connect();
      client.publish("cam", { type });
      expect(client.take()).toEqual([
        "_result",
        "NetStream.Publish.Start on 1",
        "NetStream.Record.Start on 1",
      ]);
      expect(types).toEqual([type, type]);
      const [session] = world.gateway.sessions.values();
      const [use] = session!.uses;
      session!.tellRecording(use!, "failed");
      client.command(1, "closeStream", 0, null);
      session!.tellRecording(use!, "begun");
      expect(client.take()).toEqual(["NetStream.Record.Failed on 1", "NetStream.Unpublish.Success on 1"]);
    },
  );

  it("is refused at the limit of streams", () => {
    const world = new TestGateway({ limits: { maxStreams: 1 } });
    world.publisher("first");
    const client = world.connect();
    client.publish("second");
    expect(client.take()).toEqual(["_result", "NetStream.Publish.BadName on 1"]);
  });

  it("is refused to an address that publishes as many as it may, and to no other", () => {
    const world = new TestGateway({ limits: { maxStreams: 3, maxStreamsPerAddress: 2 } });
    for (const name of ["a", "b"]) world.publisher(name);
    const client = world.connect();
    client.publish("c");
    expect(client.take()).toContain("NetStream.Publish.BadName on 1");
    expect(world.log.find(({ msg }) => msg === "publish refused")).toMatchObject({
      reason: "STREAMS_EXCEEDED",
    });
    world.publisher("d", { remoteAddress: "192.0.2.2" });
    expect(world.gateway.streams.get("live/d")?.publisher).toBeDefined();
  });

  it("keeps two streams on one connection apart", () => {
    const world = new TestGateway();
    const publisher = world.publisher("a");
    publisher.publish("b", { netStreamId: 2 });
    const [a, b] = [world.viewer("a"), world.viewer("b")];
    publisher.media("key", 1, { netStreamId: 1 });
    publisher.media("key", 2, { netStreamId: 2 });
    expect([a.take().at(-1), b.take().at(-1)]).toEqual(["key 1 on 1", "key 2 on 1"]);
    publisher.command(0, "deleteStream", 0, null, 1);
    publisher.media("key", 3, { netStreamId: 2 });
    expect(b.take()).toEqual(["key 3 on 1"]);
  });

  it("ends with closeStream, and can begin again under another name", () => {
    const world = new TestGateway({ application: { resumeWindowMs: 0 } });
    const publisher = world.publisher("a");
    publisher.command(1, "closeStream", 0, null);
    expect(publisher.take()).toEqual(["NetStream.Unpublish.Success on 1"]);
    publisher.media("key", 0);
    expect(world.gateway.streams.size).toBe(0);
    publisher.command(1, "publish", 0, null, "b", "live");
    expect([...world.gateway.streams.keys()]).toEqual(["live/b"]);
  });

  it("passes data on and keeps metadata for later viewers, until it is cleared", () => {
    const world = new TestGateway();
    const [publisher, viewer] = [world.publisher(), world.viewer()];
    publisher.media("key", 0);
    viewer.take();
    publisher.metadata({ width: 640 });
    publisher.media("key", 40);
    expect(viewer.take()).toEqual(["onMetaData on 1", "key 40 on 1"]);
    expect(world.viewer().take().slice(-2)).toEqual(["onMetaData on 1", "key 40 on 1"]);
    publisher.command(1, "closeStream", 0, null);
    expect(world.gateway.faults.total).toBe(0);
  });
});

describe("playing several streams on one connection", () => {
  it("is bounded for an address, besides the first of each connection", () => {
    const world = new TestGateway({ limits: { maxConnectionsPerAddress: 3 } });
    world.publisher("cam", { remoteAddress: "192.0.2.9" });
    const play = (client: ReturnType<TestGateway["connect"]>, netStreamId: number) => {
      client.play("cam", { netStreamId });
      return client.take().some((message) => message.startsWith("NetStream.Play.Start"));
    };
    const [one, two] = [world.connect(), world.connect()];
    expect([1, 2, 3].map((netStreamId) => play(one, netStreamId))).toEqual([true, true, true]);
    expect([1, 2, 3].map((netStreamId) => play(two, netStreamId))).toEqual([true, true, false]);
    expect(world.log.find(({ msg }) => msg === "play refused")).toMatchObject({ reason: "PLAYS_EXCEEDED" });
    const other = world.connect("live", { remoteAddress: "192.0.2.8" });
    expect([1, 2].map((netStreamId) => play(other, netStreamId))).toEqual([true, true]);
    one.command(0, "deleteStream", 0, null, 2);
    expect(play(two, 4)).toBe(true);
  });
});

describe("waiting for streams without a publisher", () => {
  const addresses = { attacker: "192.0.2.66", viewer: "192.0.2.7" };

  /** Plays so many streams without a publisher, 32 to a connection. */
  function waitForMany(world: TestGateway, count: number, remoteAddress = addresses.attacker) {
    const clients = [];
    for (let i = 0; i < count; i += 1) {
      if (i % 32 === 0) clients.push(world.connect("live", { remoteAddress }));
      clients.at(-1)!.play(`nothing${remoteAddress}${i}`, { netStreamId: 1 + (i % 32) });
    }
    return clients;
  }

  const waitingIn = ({ gateway }: TestGateway) =>
    [...gateway.streams.values()].filter(({ publisher }) => !publisher).length;

  it("leaves room for every publisher", () => {
    const world = new TestGateway({ limits: { maxStreams: 3, maxWaitingStreams: 3 } });
    waitForMany(world, 3);
    for (const name of ["a", "b", "c"]) world.publisher(name);
    expect(world.story).not.toContain("publish refused");
    expect(world.gateway.streams.size).toBe(6);
  });

  it("ends for the longest wait of an address that waits for too many streams", () => {
    const world = new TestGateway({ limits: { maxWaitingStreamsPerAddress: 4 } });
    const early = world.viewer("early", { remoteAddress: addresses.viewer });
    const [first] = waitForMany(world, 6);
    expect(world.gateway.streams.size).toBe(5);
    const refused = first!.take().filter((text) => text.startsWith("NetStream.Play.Failed"));
    expect(refused).toEqual(["NetStream.Play.Failed on 1", "NetStream.Play.Failed on 2"]);
    expect(world.log.find(({ msg }) => msg === "play refused")).toMatchObject({
      reason: "WAITING_STREAMS_EXCEEDED",
    });
    early.take();
    world.publisher("early").media("key", 0);
    expect(early.take()).toEqual(["NetStream.Play.PublishNotify on 1", "key 0 on 1"]);
  });

  it("makes room for others where all wait for too many", () => {
    const world = new TestGateway({ limits: { maxWaitingStreams: 4 } });
    waitForMany(world, 4);
    const viewer = world.viewer("mine", { remoteAddress: addresses.viewer });
    expect(viewer.take()).toContain("NetStream.Play.Start on 1");
    expect(waitingIn(world)).toBe(4);
    waitForMany(world, 2, "192.0.2.8");
    world.publisher("mine");
    expect(viewer.take()).toEqual(["NetStream.Play.PublishNotify on 1"]);
  });

  it("does not count a stream that is published, or published again", () => {
    const world = new TestGateway({
      limits: { maxWaitingStreamsPerAddress: 1 },
      application: { resumeWindowMs: 0 },
    });
    for (const name of ["a", "b"]) world.publisher(name);
    const viewers = ["a", "b"].map((name) => world.viewer(name));
    const waiting = world.viewer("c");
    const publisher = world.publisher("c");
    const last = world.viewer("d");
    for (const viewer of [...viewers, waiting, last])
      expect(viewer.take()).not.toContain("NetStream.Play.Failed on 1");
    publisher.pair.far.end();
    world.settle();
    expect(last.take()).toEqual(["NetStream.Play.Failed on 1"]);
    expect(waiting.take()).toEqual(["NetStream.Play.UnpublishNotify on 1"]);
  });

  it("counts a stream whose publisher has left, also for a paused viewer", () => {
    const world = new TestGateway({
      limits: { maxWaitingStreamsPerAddress: 1 },
      application: { resumeWindowMs: 0 },
    });
    const publishers = ["a", "b"].map((name) => world.publisher(name));
    for (const name of ["a", "b"]) world.viewer(name).command(1, "pause", 0, null, true, 0);
    for (const { pair } of publishers) pair.far.end();
    world.settle();
    expect(world.gateway.streams.size).toBe(1);
  });

  /** Publishes so many streams, plays them, and ends: those that play wait for the publishers. */
  function abandonMany(world: TestGateway, count: number, options: { capacity?: number } = {}) {
    const remoteAddress = addresses.attacker;
    const names = Array.from({ length: count }, (_, index) => `abandoned${index}`);
    const publishers = names.map((name) => world.publisher(name, { remoteAddress }));
    const viewers = names.map((name) => world.viewer(name, { remoteAddress, ...options }));
    return { publishers, viewers };
  }

  it("makes room for others where one address waits for publishers that may come back", () => {
    const world = new TestGateway({ limits: { maxWaitingStreams: 4 } });
    const { publishers } = abandonMany(world, 4);
    for (const { pair } of publishers) pair.far.end();
    world.settle();
    expect(waitingIn(world)).toBe(4);
    const viewer = world.viewer("mine", { remoteAddress: addresses.viewer });
    expect(viewer.take()).toContain("NetStream.Play.Start on 1");
    expect(waitingIn(world)).toBe(4);
  });

  it("makes room for others where one address reads nothing, and so has not heard that it waits", () => {
    const world = new TestGateway({ limits: { maxWaitingStreams: 4 }, application: { resumeWindowMs: 0 } });
    const { publishers, viewers } = abandonMany(world, 4, { capacity: 4096 });
    for (const { pair } of viewers) pair.far.pause();
    for (const publisher of publishers) publisher.media("key", 0, { length: 60_000 });
    for (const { pair } of publishers) pair.far.end();
    world.settle();
    expect(waitingIn(world)).toBe(4);
    const viewer = world.viewer("mine", { remoteAddress: addresses.viewer });
    expect(viewer.take()).toContain("NetStream.Play.Start on 1");
  });

  it("is for no more streams than there may be, however many publishers go", () => {
    const world = new TestGateway({ limits: { maxWaitingStreams: 4 } });
    const { publishers } = abandonMany(world, 12);
    for (const { pair } of publishers) pair.far.end();
    world.settle();
    expect(waitingIn(world)).toBeLessThanOrEqual(4);
  });

  it("is refused to a connection that asks too often, until time has passed", () => {
    const world = new TestGateway();
    const client = world.connect();
    for (let i = 0; i < 200; i += 1) client.command(1, "play", 0, null, `nothing${i}`);
    const count = (code: string) => client.take().filter((text) => text === `${code} on 1`).length;
    const refused = count("NetStream.Play.Failed");
    expect(refused).toBeGreaterThan(100);
    world.pass(5000);
    client.command(1, "play", 0, null, "later");
    expect(count("NetStream.Play.Failed")).toBe(0);
  });

  it("does not count for another process of this server, whose own peers wait", () => {
    const world = new TestGateway({ limits: { maxWaitingStreamsPerAddress: 1 } });
    const other = world.connect("live", { isInternal: true });
    for (let id = 1; id <= 5; id += 1) other.play(`cam${id}`, { netStreamId: id });
    expect(waitingIn(world)).toBe(5);
  });
});

describe("playing", () => {
  it("waits for a publisher even at the limit of streams", () => {
    const world = new TestGateway({ limits: { maxStreams: 1 } });
    world.publisher("first");
    const client = world.viewer("second");
    expect(client.take()).toContain("NetStream.Play.Start on 1");
  });

  it("two streams on one connection delivers each under its own message stream id", () => {
    const world = new TestGateway();
    const [a, b] = [world.publisher("a"), world.publisher("b")];
    const viewer = world.viewer("a");
    viewer.play("b", { netStreamId: 2 });
    viewer.take();
    a.media("key", 1);
    b.media("key", 2);
    a.media("inter", 3);
    b.media("aac", 4);
    expect(viewer.take()).toEqual(["key 1 on 1", "key 2 on 2", "inter 3 on 1", "aac 4 on 2"]);
    viewer.command(1, "closeStream", 0, null);
    viewer.take();
    a.media("key", 5);
    b.media("key", 6);
    expect(viewer.take()).toEqual(["key 6 on 2"]);
  });

  it("one stream twice on one connection delivers it twice, and once after one is closed", () => {
    const world = new TestGateway();
    const [publisher, viewer] = [world.publisher(), world.viewer("cam")];
    viewer.play("cam", { netStreamId: 2 });
    viewer.take();
    publisher.media("key", 0);
    expect(viewer.take().sort()).toEqual(["key 0 on 1", "key 0 on 2"]);
    viewer.command(0, "deleteStream", 0, null, 1);
    viewer.take();
    publisher.media("inter", 40);
    expect(viewer.take()).toEqual(["inter 40 on 2"]);
  });

  it("alternates between two streams when the connection is too slow for both", () => {
    const world = new TestGateway();
    const [a, b] = [world.publisher("a"), world.publisher("b")];
    const viewer = world.viewer("a", { capacity: 1000 });
    viewer.play("b", { netStreamId: 2 });
    viewer.take();
    const heard: string[] = [];
    for (let i = 0; i < 20; i++) {
      viewer.pair.far.pause();
      a.media("key", i, { length: 2000 });
      b.media("key", i, { length: 2000 });
      viewer.pair.far.resume();
      // One write's worth: as much as the connection carries until the publishers' next frames.
      viewer.pair.far.step();
      heard.push(...viewer.take());
    }
    expect(new Set(heard.map((each) => each.slice(-1)))).toEqual(new Set(["1", "2"]));
  });

  it("comes a quarter of a megabyte per turn to a viewer far behind, so that others have their turns", () => {
    const world = new TestGateway();
    const publisher = world.publisher();
    for (let i = 0; i < 20; i++) publisher.media(i === 0 ? "key" : "inter", i, { length: 100_000 });
    const viewer = world.connect("live", { capacity: 10_000_000 });
    const write = vi.spyOn(viewer.pair.near, "write");
    const settle = vi.spyOn(world, "settle").mockImplementation(() => {});
    viewer.play("cam");
    settle.mockRestore();
    viewer.pair.deliver();
    const inATurn: number[] = [];
    for (let turn = 0; turn < 20; turn++) {
      write.mockClear();
      vi.advanceTimersToNextTimer();
      inATurn.push(write.mock.calls.reduce((sum, [{ length }]) => sum + length, 0));
    }
    expect(inATurn.filter((bytes) => bytes > 0).length).toBeGreaterThan(4);
    expect(Math.max(...inATurn)).toBeLessThan(2 * 256 * 1024);
    world.settle();
    expect(viewer.take().at(-1)).toBe("inter 19 on 1");
  });

  it("waits for the publisher, and is told when it comes and goes", () => {
    const world = new TestGateway({ application: { resumeWindowMs: 0 } });
    const viewer = world.viewer();
    expect(viewer.take().at(-1)).toBe("|RtmpSampleAccess on 1");
    const publisher = world.publisher();
    publisher.media("key", 0);
    publisher.command(1, "closeStream", 0, null);
    expect(viewer.take()).toEqual([
      "NetStream.Play.PublishNotify on 1",
      "key 0 on 1",
      "NetStream.Play.UnpublishNotify on 1",
    ]);
  });

  it("reports the end of the publisher only after its last byte, however slowly that is read", () => {
    const world = new TestGateway({ application: { resumeWindowMs: 0 } });
    const [publisher, viewer] = [world.publisher(), world.viewer("cam", { capacity: 1000 })];
    viewer.take();
    viewer.pair.far.pause();
    for (let i = 0; i < 200; i++) publisher.media("key", i, { length: 5000 });
    publisher.pair.far.end();
    world.settle();
    viewer.pair.far.resume();
    world.settle();
    const heard = viewer.take();
    expect(heard.length).toBe(201);
    expect(heard.at(-1)).toBe("NetStream.Play.UnpublishNotify on 1");
  });

  it("for a duration ends with it", () => {
    const world = new TestGateway();
    const [publisher, viewer] = [world.publisher(), world.connect()];
    viewer.play("cam", { durationMs: 100 });
    viewer.take();
    for (const timestamp of [0, 40, 80, 120, 160]) publisher.media("key", timestamp);
    expect(viewer.take()).toEqual([
      "key 0 on 1",
      "key 40 on 1",
      "key 80 on 1",
      "onPlayStatus on 1",
      "NetStream.Play.Stop on 1",
    ]);
    expect(publisher.closed).toBeUndefined();
    expect([...world.gateway.streams.get("live/cam")!.viewers]).toEqual([]);
  });

  it("pauses and goes on at the newest keyframe, at once", () => {
    const world = new TestGateway();
    const [publisher, viewer] = [world.publisher(), world.viewer()];
    publisher.media("key", 0);
    viewer.command(1, "pause", 0, null, true, 0);
    viewer.take();
    publisher.media("key", 40);
    publisher.media("inter", 80);
    expect(viewer.take()).toEqual([]);
    viewer.command(1, "pause", 0, null, false, 0);
    expect(viewer.take()).toEqual(["NetStream.Unpause.Notify on 1", "key 40 on 1", "inter 80 on 1"]);
  });

  it("without video begins at the newest keyframe when it wants video again, at once", () => {
    const world = new TestGateway();
    const [publisher, viewer] = [world.publisher(), world.viewer()];
    viewer.command(1, "receiveVideo", 0, null, false);
    viewer.take();
    publisher.media("key", 0);
    publisher.media("aac", 5);
    expect(viewer.take()).toEqual(["aac 5 on 1"]);
    viewer.command(1, "receiveVideo", 0, null, true);
    expect(viewer.take()).toEqual([
      "NetStream.Seek.Notify on 1",
      "NetStream.Play.Start on 1",
      "key 0 on 1",
      "aac 5 on 1",
    ]);
  });
});

describe("a viewer that falls off the log", () => {
  const retention = { retentionBytes: 512 * 1024 };

  /** A viewer that has read the first keyframe, and none of the many frames after it. */
  function fallenBehind(lagPolicy: "jump" | "drop") {
    const world = new TestGateway({ application: { ...retention, lagPolicy } });
    const [publisher, viewer] = [world.publisher(), world.viewer("cam", { capacity: 10_000 })];
    publisher.media("avcC", 0);
    publisher.media("key", 0);
    viewer.take();
    viewer.pair.far.pause();
    for (let i = 1; i <= 200; i++) publisher.media("inter", i, { length: 20_000 });
    publisher.media("key", 201);
    publisher.media("inter", 202);
    return { world, publisher, viewer };
  }

  it("with the policy to jump goes on at the newest keyframe, after the bytes under way", () => {
    const { world, publisher, viewer } = fallenBehind("jump");
    viewer.pair.far.resume();
    world.settle();
    const heard = viewer.take();
    const underWay = heard.length - 3;
    expect(heard.slice(0, underWay)).toEqual(
      Array.from({ length: underWay }, (_, i) => `inter ${i + 1} on 1`),
    );
    expect(heard.slice(underWay)).toEqual(["avcC 201 on 1", "key 201 on 1", "inter 202 on 1"]);
    expect(publisher.closed).toBeUndefined();
    expect(world.gateway.streams.get("live/cam")!.lagCount).toBe(1);
  });

  it("counts as waiting while it is behind, and as dropped once", () => {
    const { world, viewer } = fallenBehind("jump");
    const { gateway } = world;
    expect(gateway.viewerDrops).toBe(0);
    vi.advanceTimersByTime(3_000);
    expect(gateway.greatestLagMs).toBeGreaterThanOrEqual(3_000);
    viewer.pair.far.resume();
    world.settle();
    expect([gateway.greatestLagMs, gateway.viewerDrops]).toEqual([0, 1]);
  });

  it("no longer counts as waiting once it is gone", () => {
    const { world, viewer } = fallenBehind("jump");
    vi.advanceTimersByTime(3_000);
    viewer.pair.far.destroy();
    world.settle();
    expect(world.gateway.greatestLagMs).toBe(0);
  });

  it("with the policy to drop is told and stopped, and can play again", () => {
    const { world, viewer } = fallenBehind("drop");
    viewer.pair.far.resume();
    world.settle();
    expect(viewer.take().at(-1)).toBe("NetStream.Play.InsufficientBW on 1");
    expect(viewer.closed).toBeUndefined();
    viewer.command(1, "play", 0, null, "cam");
    expect(viewer.take().slice(-2)).toEqual(["key 201 on 1", "inter 202 on 1"]);
  });

  it("costs no memory beyond the log's but the piece it has stopped in, as long as it is connected", () => {
    const { world, viewer } = fallenBehind("jump");
    const log = world.gateway.streams.get("live/cam")!.log();
    const beside = () => world.gateway.logBytes - log.bytes;
    expect(log.bytes).toBeLessThanOrEqual(retention.retentionBytes);
    const [pieceBytes, headerBytes] = [64 * 1024, 1024];
    expect(beside()).toBeGreaterThanOrEqual(pieceBytes);
    expect(beside()).toBeLessThan(pieceBytes + headerBytes);
    viewer.pair.far.destroy();
    world.settle();
    expect(beside()).toBeLessThan(headerBytes);
  });

  it("frees the piece it has stopped in when it reads on", () => {
    const { world, viewer } = fallenBehind("jump");
    const log = world.gateway.streams.get("live/cam")!.log();
    viewer.pair.far.resume();
    world.settle();
    expect(world.gateway.logBytes - log.bytes).toBeLessThan(2 * 1024);
  });
});

describe("viewers that do not read", () => {
  const megabyte = 1024 * 1024;

  /** So many viewers that take nothing, each of which would get copies of its own, for which there is not enough memory. */
  function stalled(count: number) {
    const world = new TestGateway({ limits: { maxLogBytes: 2 * megabyte } });
    const publisher = world.publisher();
    publisher.media("key", 0, { length: 200_000 });
    const viewers = [];
    for (let i = 0; i < count; i += 1) {
      const viewer = world.connect();
      viewer.command(0, "createStream", 2, null);
      viewer.pair.far.pause();
      viewer.play("cam", { netStreamId: 2 });
      viewers.push(viewer);
    }
    publisher.media("key", 1000, { length: 200_000 });
    return { world, publisher, viewers };
  }

  it("hold copies that count as memory, and are ended early while memory is short", () => {
    const { world, viewers } = stalled(10);
    const log = world.gateway.streams.get("live/cam")!.log();
    expect(world.gateway.logBytes - log.bytes).toBeGreaterThan(megabyte / 2);
    world.pass(6_000);
    expect(viewers.filter(({ closed }) => closed).length).toBeGreaterThan(0);
    expect(world.log.filter(({ reason }) => reason === "stalled").length).toBeGreaterThan(0);
    expect(world.gateway.logBytes - log.bytes).toBeLessThanOrEqual(megabyte / 2);
  });

  it("may ask for few replies only, all of them together", () => {
    const world = new TestGateway({ limits: { maxInputBytes: megabyte } });
    const peers = Array.from({ length: 100 }, () => {
      const peer = world.connect();
      peer.play("n".repeat(400));
      peer.pair.far.pause();
      for (let i = 0; i < 60; i += 1) peer.command(1, "pause", 0, null, i % 2 === 0);
      return peer;
    });
    const modest = world.connect();
    modest.pair.far.pause();
    modest.play("cam");
    world.pass(500);
    const unread = peers.reduce((sum, { pair }) => sum + pair.far.waitingBytes, 0);
    expect(unread).toBeLessThan(3 * megabyte);
    expect(world.log.some(({ reason }) => reason === "OUTPUT_EXCEEDED")).toBe(true);
    modest.pair.far.resume();
    world.settle();
    expect([modest.closed, modest.take().includes("NetStream.Play.Start on 1")]).toEqual([undefined, true]);
  });

  it("hold no more headers of streams without keyframes than there is room for", () => {
    const world = new TestGateway({ limits: { maxLogBytes: 2 * megabyte } });
    const publisher = world.publisher();
    publisher.media("avcC", 0, { length: 200_000 });
    const viewers = Array.from({ length: 10 }, (_, index) => {
      const viewer = world.connect();
      viewer.pair.far.pause();
      viewer.play("cam");
      publisher.media("inter", 40 * index);
      return viewer;
    });
    const log = world.gateway.streams.get("live/cam")!.log();
    expect(world.gateway.logBytes - log.bytes).toBeLessThan(megabyte);
    for (const viewer of viewers) viewer.pair.far.destroy();
    world.settle();
    expect(world.gateway.logBytes - log.bytes).toBeLessThan(megabyte / 2);
  });

  it("have the time of `timeouts.stall` while there is enough memory", () => {
    const { world, viewers } = stalled(1);
    world.pass(10_000);
    expect(viewers.filter(({ closed }) => closed)).toEqual([]);
  });
});
