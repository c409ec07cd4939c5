import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Publication } from "./publication.ts";
import { TestGateway, useVirtualTime } from "./test-gateway.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

describe("a second publisher of a stream", () => {
  it("is refused with the policy to reject, and the first one goes on", () => {
    const world = new TestGateway({ application: { publisherPolicy: "reject" } });
    const [first, viewer] = [world.publisher(), world.viewer()];
    const second = world.connect();
    second.publish("cam");
    expect(second.take()).toEqual(["_result", "NetStream.Publish.BadName on 1"]);
    second.media("key", 1000);
    first.media("key", 0);
    expect(viewer.take().at(-1)).toBe("key 0 on 1");
    expect([first.take(), first.closed, second.closed]).toEqual([[], undefined, undefined]);
  });

  it("may try again when the first one has ended", () => {
    const world = new TestGateway({ application: { publisherPolicy: "reject" } });
    const [first, second] = [world.publisher(), world.connect()];
    second.publish("cam");
    first.command(1, "closeStream", 0, null);
    second.take();
    second.command(1, "publish", 0, null, "cam", "live");
    expect(second.take()).toContain("NetStream.Publish.Start on 1");
  });
});

/** Promises are settled between two turns. */
async function answered(world: TestGateway): Promise<void> {
  for (let i = 0; i < 5; i += 1) await undefined;
  world.settle();
}

describe("a second publisher of a stream whose publisher is silent", () => {
  it("gets the name within seconds if the first one does not answer a ping, and viewers go on", async () => {
    const world = new TestGateway();
    const [first, viewer] = [world.publisher(), world.viewer()];
    first.media("key", 0);
    first.answersPings = false;
    world.pass(1500);
    const second = world.connect();
    second.publish("cam");
    expect([first.take(), second.take()]).toEqual([["ping"], ["_result"]]);
    world.pass(2500);
    await answered(world);
    expect(second.take()).toEqual(["NetStream.Publish.Start on 1"]);
    expect(first.closed).toBeDefined();
    expect(world.log.filter(({ msg }) => msg === "session ended")).toMatchObject([
      { reason: "ping timeout" },
    ]);
    viewer.take();
    second.media("key", 0);
    expect(viewer.take()).toEqual([expect.stringMatching(/^key \d+ on 1$/)]);
  });

  it("is refused if the first one answers, however many come, with one ping", async () => {
    const world = new TestGateway();
    const first = world.publisher();
    world.pass(5000);
    const others = [world.connect(), world.connect()];
    for (const other of others) other.publish("cam");
    world.pass(500);
    await answered(world);
    for (const other of others) expect(other.take()).toContain("NetStream.Publish.BadName on 1");
    expect([first.take(), first.closed]).toEqual([["ping"], undefined]);
  });

  it("may go again before the first one has answered", async () => {
    const world = new TestGateway();
    const first = world.publisher();
    first.answersPings = false;
    world.pass(1500);
    const second = world.connect();
    second.publish("cam");
    second.pair.far.end();
    world.pass(3000);
    await answered(world);
    expect([first.closed !== undefined, world.gateway.connections, world.gateway.streams.size]).toEqual([
      true,
      0,
      0,
    ]);
    expect(world.gateway.faults.total).toBe(0);
  });
});

describe("a takeover", () => {
  const takeover = { application: { publisherPolicy: "takeover" } } as const;

  it("tells the old publisher why, and ends it", () => {
    const world = new TestGateway(takeover);
    const first = world.publisher();
    const second = world.publisher();
    expect(first.take()).toEqual(["NetStream.Publish.BadName on 1"]);
    expect([first.closed, second.closed]).toEqual([{ reason: undefined }, undefined]);
    expect(world.log.filter(({ msg }) => msg === "session ended")).toMatchObject([{ reason: "taken over" }]);
  });

  it("lets viewers go on with the new publisher, without a notice and with continuous timestamps", () => {
    const world = new TestGateway(takeover);
    const [first, viewer] = [world.publisher(), world.viewer()];
    first.media("key", 5_000_000);
    viewer.take();
    const second = world.publisher();
    second.media("avcC", 0);
    second.media("key", 0);
    second.media("inter", 40);
    const [config, key, inter, ...more] = viewer.take();
    expect([config, key, inter]).toEqual([
      expect.stringMatching(/^avcC 50000\d\d on 1$/),
      expect.stringMatching(/^key 50000\d\d on 1$/),
      expect.stringMatching(/^inter 50000\d\d on 1$/),
    ]);
    expect(more).toEqual([]);
  });

  it("ends the other streams of the old publisher with its connection", () => {
    const world = new TestGateway({ application: { publisherPolicy: "takeover", resumeWindowMs: 0 } });
    const first = world.publisher("cam");
    first.publish("other", { netStreamId: 2 });
    world.publisher("cam");
    expect([...world.gateway.streams.keys()]).toEqual(["live/cam"]);
    expect(world.gateway.connections).toBe(1);
  });

  it("reaches a publisher that does not read, too", () => {
    const world = new TestGateway(takeover);
    const first = world.publisher();
    first.pair.far.pause();
    const second = world.publisher();
    world.pass(2000);
    expect(first.closed).toBeDefined();
    expect(second.closed).toBeUndefined();
  });

  it("may come from the publishing connection itself, which then ends", () => {
    const world = new TestGateway(takeover);
    const client = world.publisher("cam");
    client.publish("cam", { netStreamId: 2 });
    expect(client.take()).toContain("NetStream.Publish.BadName on 1");
    expect(client.closed).toBeDefined();
    expect(world.gateway.faults.total).toBe(0);
  });

  it("of a local publisher ends it without a notice", () => {
    const world = new TestGateway(takeover);
    const local = world.gateway.publish({ application: "live", name: "cam" }) as Publication;
    expect(local.active).toBe(true);
    const publisher = world.publisher();
    expect(local.active).toBe(false);
    local.end();
    publisher.media("key", 0);
    expect(world.viewer().take().at(-1)).toBe("key 0 on 1");
  });

  it("by a local publisher ends the current one", () => {
    const world = new TestGateway(takeover);
    const publisher = world.publisher();
    const local = world.gateway.publish({ application: "live", name: "cam" }) as Publication;
    world.settle();
    expect(publisher.take()).toEqual(["NetStream.Publish.BadName on 1"]);
    expect(publisher.closed).toBeDefined();
    expect(local.active).toBe(true);
  });
});

it("a publisher that was taken over or has ended leaves nothing behind", () => {
  const world = new TestGateway({ application: { publisherPolicy: "takeover", resumeWindowMs: 0 } });
  const clients = ["cam", "cam", "cam", "other"].map((name) => world.publisher(name));
  expect(world.gateway.streams.size).toBe(2);
  for (const { pair } of clients) {
    pair.far.end();
    world.settle();
  }
  expect([world.gateway.streams.size, world.gateway.logBytes, world.gateway.faults.total]).toEqual([0, 0, 0]);
});

describe("a publisher that leaves", () => {
  it("and comes back in the resume window causes no notice to viewers", () => {
    const world = new TestGateway({ application: { resumeWindowMs: 5000 } });
    const [first, viewer] = [world.publisher(), world.viewer()];
    first.media("key", 0);
    first.pair.far.destroy();
    world.pass(4000);
    expect(viewer.take().at(-1)).toBe("key 0 on 1");
    world.publisher().media("key", 0);
    expect(viewer.take()).toEqual([expect.stringMatching(/^key 4\d\d\d on 1$/)]);
    world.pass(60_000);
    expect(viewer.take()).not.toContain("NetStream.Play.UnpublishNotify on 1");
  });

  it("and does not come back ends the stream for its viewers, which are told of the next publisher", () => {
    const world = new TestGateway({ application: { resumeWindowMs: 5000 } });
    const [publisher, viewer] = [world.publisher(), world.viewer()];
    publisher.media("key", 0);
    publisher.pair.far.destroy();
    world.pass(4000);
    expect(viewer.take().at(-1)).toBe("key 0 on 1");
    world.pass(2000);
    expect(viewer.take()).toEqual(["NetStream.Play.UnpublishNotify on 1"]);
    world.publisher().media("key", 0);
    expect(viewer.take()).toEqual([
      "NetStream.Play.PublishNotify on 1",
      expect.stringMatching(/^key 6\d\d\d on 1$/),
    ]);
  });

  it("leaves nothing behind when no viewer is left", () => {
    const world = new TestGateway({ application: { resumeWindowMs: 5000 } });
    const publisher = world.publisher();
    const viewer = world.viewer();
    publisher.media("key", 0, { length: 10_000 });
    publisher.pair.far.end();
    world.settle();
    expect(world.gateway.streams.size).toBe(1);
    viewer.pair.far.end();
    world.settle();
    expect([world.gateway.streams.size, world.gateway.logBytes]).toEqual([0, 0]);
  });
});
