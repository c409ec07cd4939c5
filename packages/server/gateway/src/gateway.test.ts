import { MessageType } from "@headgate/message";
import { memoryLinkPair } from "@headgate/transport";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS } from "./config.ts";
import type { Publication } from "./publication.ts";
import { TestGateway, useVirtualTime } from "./test-gateway.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

describe("a gateway's admission", () => {
  it("refuses connections beyond the limit, without a word, until one has closed", () => {
    const world = new TestGateway({ limits: { maxConnections: 2 } });
    const [first] = [world.connect(), world.connect()];
    const third = world.dial();
    third.handshake();
    expect([third.closed, third.take()]).toEqual([{ reason: undefined }, []]);
    expect(world.gateway.connections).toBe(2);
    first!.pair.far.end();
    world.settle();
    expect(world.connect().closed).toBeUndefined();
  });

  it("does so for each address separately, too", () => {
    const world = new TestGateway({ limits: { maxConnectionsPerAddress: 1 } });
    const [here, there] = ["192.0.2.1", "192.0.2.2"].map((remoteAddress) =>
      world.connect("live", { remoteAddress }),
    );
    const again = world.dial({ remoteAddress: "192.0.2.1" });
    world.settle();
    expect([here!.closed, there!.closed, again.closed]).toEqual([
      undefined,
      undefined,
      { reason: undefined },
    ]);
  });

  it("reports a flood of refused connections in few lines that count them all", () => {
    const world = new TestGateway({ limits: { maxConnections: 0 } });
    for (let i = 0; i < 100; i++) world.dial();
    world.pass(11_000);
    world.dial();
    const lines = world.log.filter(({ msg }) => msg === "connections refused");
    expect(lines).toMatchObject([
      { reason: "maxConnections", refused: 1, remoteAddress: "192.0.2.1" },
      { reason: "maxConnections", refused: 100 },
    ]);
    expect(world.log.length).toBe(2);
  });
});

it("notes connections as they are accepted, and no tunnels", () => {
  const { gateway, driverContext } = new TestGateway();
  const waits = driverContext.turns.arrivals.forLine();
  gateway.accept(memoryLinkPair().near);
  expect(waits()).toBe(false);
  gateway.admit("192.0.2.1");
  expect(waits()).toBe(true);
});

it("counts another process of the server against no limit", () => {
  const world = new TestGateway({ limits: { maxConnections: 1 } });
  const other = world.connect("live", { isInternal: true });
  const peer = world.connect();
  expect([other.closed, peer.closed, world.gateway.connections]).toEqual([undefined, undefined, 1]);
  other.pair.far.end();
  const third = world.dial();
  world.settle();
  expect([other.closed, third.closed]).toEqual([{ reason: undefined }, { reason: undefined }]);
});

it("holds no input of a peer that has gone while it waited for its turn", () => {
  const world = new TestGateway();
  const { turns, inputMemory } = world.driverContext;
  const { pair } = world.connect();
  turns.spendPrompt(Number.MAX_SAFE_INTEGER);
  pair.far.write(new Uint8Array([...audioChunk(10, 10), ...audioChunk(100, 50)]));
  while (pair.deliver());
  pair.far.destroy();
  while (pair.deliver());
  expect([world.gateway.connections, inputMemory.bytes > 0]).toEqual([1, true]);
  world.settle();
  expect([world.gateway.connections, inputMemory.bytes]).toEqual([0, 0]);
});

describe("a gateway that is closed", () => {
  it("ends all connections, whatever their state, and then is done", async () => {
    const world = new TestGateway();
    const clients = [world.dial(), world.connect(), world.publisher(), world.viewer()];
    let done = false;
    const closing = world.gateway.close().then(() => {
      done = true;
    });
    world.settle();
    await closing;
    expect(done).toBe(true);
    expect(clients.map(({ closed }) => closed)).toEqual(Array(4).fill({ reason: undefined }));
    expect(world.gateway.connections).toBe(0);
    const ends = world.log.filter(({ msg }) => msg === "session ended");
    expect(ends).toMatchObject(Array(4).fill({ reason: "shutdown" }));
  });

  it("gives a peer that does not read its last bytes some time, and no more", async () => {
    const world = new TestGateway();
    const client = world.connect();
    client.pair.far.pause();
    let done = false;
    const closing = world.gateway.close().then(() => {
      done = true;
    });
    world.settle();
    await Promise.resolve();
    expect(done).toBe(false);
    world.pass(DEFAULT_TIMEOUTS.closeMs + 500);
    await closing;
    expect(client.closed).toBeDefined();
  });

  it("accepts no more connections", async () => {
    const world = new TestGateway();
    const closing = world.gateway.close();
    const client = world.dial();
    world.settle();
    await closing;
    expect(client.closed).toEqual({ reason: undefined });
    expect(world.gateway.connections).toBe(0);
  });

  it("leaves no timer running", async () => {
    const world = new TestGateway();
    world.connect();
    const closing = world.gateway.close();
    world.settle();
    await closing;
    expect(vi.getTimerCount()).toBe(0);
  });

  it("may be closed again while it is closing, and afterwards", async () => {
    const world = new TestGateway();
    world.connect();
    const closings = [world.gateway.close(), world.gateway.close()];
    world.settle();
    await Promise.all([...closings, world.gateway.close()]);
    expect(world.gateway.connections).toBe(0);
  });
});

describe("a publisher within the process", () => {
  const CAM = { application: "live", name: "cam" };
  const key = { type: MessageType.video, payload: Uint8Array.of(0x17, 1, 0, 0, 0) };

  it("reaches viewers like any other", () => {
    const world = new TestGateway({ application: { resumeWindowMs: 0 } });
    const viewer = world.viewer();
    viewer.take();
    const local = world.gateway.publish(CAM) as Publication;
    local.media({ ...key, messageStreamId: 0, timestamp: 40 });
    world.settle();
    local.end();
    world.settle();
    expect(viewer.take()).toEqual([
      "NetStream.Play.PublishNotify on 1",
      "key 40 on 1",
      "NetStream.Play.UnpublishNotify on 1",
    ]);
  });

  it("cannot publish a stream that is published already, nor one of an unknown application", () => {
    const world = new TestGateway({ application: { publisherPolicy: "reject" } });
    world.publisher("cam");
    expect(world.gateway.publish(CAM)).toBe("ALREADY_PUBLISHED");
    expect(world.gateway.publish({ application: "vod", name: "cam" })).toBe("APPLICATION_UNKNOWN");
  });

  it("does no harm when it ends twice", () => {
    const world = new TestGateway({ application: { resumeWindowMs: 0 } });
    const local = world.gateway.publish(CAM) as Publication;
    local.end();
    const publisher = world.publisher();
    local.end();
    local.media({ ...key, messageStreamId: 0, timestamp: 0 });
    publisher.media("key", 7);
    expect(world.viewer().take().at(-1)).toBe("key 7 on 1");
    expect(world.gateway.streams.size).toBe(1);
  });
});

it("a Link that is refused is never opened", () => {
  const world = new TestGateway({ limits: { maxConnections: 0 } });
  const { near } = memoryLinkPair();
  const open = vi.spyOn(near, "open");
  world.gateway.accept(near);
  expect(open).not.toHaveBeenCalled();
});

it("a client may use all NetStreams that are allowed, each with as many chunk streams as Flash has", () => {
  const world = new TestGateway();
  const client = world.connect();
  const payload = Uint8Array.of(0xaf, 1);
  for (let id = 1; id <= DEFAULT_LIMITS.maxNetStreams; id += 1) {
    client.publish(`cam${id}`, { netStreamId: id });
    for (let chunkStreamId = 5 * id; chunkStreamId < 5 * id + 5; chunkStreamId += 1)
      client.send({ type: MessageType.audio, timestamp: 0, messageStreamId: id, payload }, chunkStreamId);
  }
  expect(client.closed).toBeUndefined();
  expect(world.gateway.streams.size).toBe(DEFAULT_LIMITS.maxNetStreams);
});

/** The first so many bytes of an audio message of a length, in a chunk (RTMP 1.0 §5.3.1). */
function audioChunk(length: number, sent: number): number[] {
  return [4, 0, 0, 0, 0, 0, length, 8, 1, 0, 0, 0, ...new Array(sent).fill(0)];
}
