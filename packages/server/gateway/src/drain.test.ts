import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TestGateway, useVirtualTime } from "./test-gateway.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

const RECONNECT = "NetConnection.Connect.ReconnectRequest";

/** How long everybody is served. */
const WAIT_MS = 2_000;

function beginToDrain({ gateway }: TestGateway): void {
  gateway.drain().catch((error: unknown) => expect.unreachable(String(error)));
}

/** Whether it has drained, as it is when that is asked. */
function watchDrain({ gateway }: TestGateway): () => Promise<boolean> {
  let isDrained = false;
  gateway.drain().then(
    () => {
      isDrained = true;
    },
    (error: unknown) => expect.unreachable(String(error)),
  );
  return async () => {
    await Promise.resolve();
    return isDrained;
  };
}

/** A client that connects again when it is asked to. */
function movable(world: TestGateway, index: number) {
  const client = world.dial({ remoteAddress: `192.0.2.${index}` });
  client.handshake();
  client.connect("live", { capsEx: 1 });
  client.take();
  return client;
}

function movableViewers(world: TestGateway, count: number) {
  return Array.from({ length: count }, (_, index) => {
    const client = movable(world, index);
    client.play("cam");
    client.take();
    return client;
  });
}

describe("a gateway that drains", () => {
  it("refuses to connect, to publish and to play, and says why", () => {
    const world = new TestGateway();
    const idle = world.connect();
    beginToDrain(world);
    world.pass(WAIT_MS);
    idle.publish("a", { netStreamId: 1 });
    idle.play("b", { netStreamId: 2 });
    const late = world.dial({ remoteAddress: "192.0.2.9" });
    late.handshake();
    late.connect("live");
    expect(late.commands.at(-1)).toMatchObject([
      "_error",
      1,
      null,
      { code: "NetConnection.Connect.Rejected", description: expect.stringContaining("connect again") },
    ]);
    const reasons = world.log.filter(({ reason }) => reason === "DRAINING").map(({ msg }) => msg);
    expect(reasons).toEqual(["publish refused", "play refused", "session ended"]);
  });

  it("serves everybody who comes until load balancers have heard", async () => {
    const world = new TestGateway();
    const isDrained = watchDrain(world);
    world.pass(WAIT_MS - 100);
    const publisher = world.publisher();
    const viewer = world.viewer();
    publisher.media("key", 40);
    world.settle();
    expect(viewer.take()).toContain("key 40 on 1");
    expect(world.log.filter(({ reason }) => reason === "DRAINING")).toEqual([]);
    for (const { pair } of [publisher, viewer]) pair.far.end();
    world.settle();
    expect(await isDrained()).toBe(false);
    world.pass(200);
    expect(await isDrained()).toBe(true);
  });

  it("goes on serving who is there", () => {
    const world = new TestGateway();
    const publisher = world.publisher();
    const viewer = world.viewer();
    viewer.take();
    beginToDrain(world);
    world.pass(WAIT_MS);
    publisher.media("key", 40);
    world.settle();
    expect(viewer.take()).toContain("key 40 on 1");
  });

  it("lets the other processes of the server fetch streams", () => {
    const world = new TestGateway();
    world.publisher();
    beginToDrain(world);
    world.pass(WAIT_MS);
    const other = world.viewer("cam", { isInternal: true });
    expect(other.take()).toContain("NetStream.Play.Start on 1");
  });

  it("asks publishers first, then viewers one after the other, and only those that can", () => {
    const world = new TestGateway({ drain: { timeoutMs: 22_000, waitMs: 2_000 } });
    const viewers = movableViewers(world, 50);
    const publisher = movable(world, 200);
    publisher.publish("cam");
    publisher.take();
    const old = world.viewer();
    old.take();
    const asked = () =>
      viewers.filter(({ commands }) => JSON.stringify(commands.at(-1)).includes(RECONNECT)).length;
    beginToDrain(world);
    world.pass(1_900);
    expect([publisher.take(), asked()]).toEqual([[], 0]);
    world.pass(200);
    expect([publisher.take(), asked()]).toEqual([[RECONNECT], 0]);
    world.pass(4_800);
    expect(asked()).toBe(0);
    const counts: number[] = [];
    for (let second = 0; second < 5; second += 1) {
      world.pass(1_000);
      counts.push(asked());
    }
    expect(counts.at(-1)).toBe(50);
    for (const [index, count] of counts.entries()) {
      expect(count - (counts[index - 1] ?? 0)).toBeGreaterThanOrEqual(8);
      expect(count - (counts[index - 1] ?? 0)).toBeLessThanOrEqual(12);
    }
    expect(JSON.stringify(old.commands)).not.toContain(RECONNECT);
  });

  it("has drained when the last session is gone", async () => {
    const world = new TestGateway();
    const [viewer] = movableViewers(world, 1);
    const isDrained = watchDrain(world);
    world.pass(WAIT_MS + 500);
    expect(await isDrained()).toBe(false);
    viewer!.pair.far.end();
    world.settle();
    expect(await isDrained()).toBe(true);
    expect(vi.getTimerCount()).toBeLessThanOrEqual(1);
  });

  it("has drained without sessions when load balancers have heard, and a second time, too", async () => {
    const world = new TestGateway();
    const isDrained = watchDrain(world);
    world.pass(WAIT_MS - 100);
    expect(await isDrained()).toBe(false);
    world.pass(100);
    expect(await isDrained()).toBe(true);
    await world.gateway.drain();
  });

  it("waits no longer than it may for those that cannot move", async () => {
    const world = new TestGateway({ drain: { timeoutMs: 5_000, waitMs: 2_000 } });
    const viewer = world.viewer();
    const drained = world.gateway.drain();
    world.pass(5_000);
    await drained;
    expect(viewer.closed).toBeUndefined();
  });

  it("waits for nobody longer than its time, load balancers neither", async () => {
    const world = new TestGateway({ drain: { timeoutMs: 1_000, waitMs: 2_000 } });
    const isDrained = watchDrain(world);
    world.pass(1_000);
    expect(await isDrained()).toBe(true);
  });

  it("has nothing left to do once it is closed", async () => {
    const world = new TestGateway();
    movableViewers(world, 3);
    const drained = world.gateway.drain();
    const closed = world.gateway.close();
    world.pass(2_000);
    await Promise.all([drained, closed]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

it("a gateway that closes tells its viewers that their streams have ended", async () => {
  const world = new TestGateway();
  const publisher = world.publisher();
  const viewer = world.viewer();
  const waiting = world.viewer("other");
  for (const client of [viewer, waiting]) client.take();
  publisher.media("key", 40);
  const closed = world.gateway.close();
  world.pass(1_000);
  await closed;
  expect(viewer.take()).toEqual(["key 40 on 1", "NetStream.Play.UnpublishNotify on 1"]);
  expect(waiting.take()).toEqual([]);
});
