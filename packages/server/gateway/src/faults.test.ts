import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Streams } from "./streams.ts";
import type { TestClient } from "./test-client.test.helper.ts";
import { TestGateway, useVirtualTime } from "./test-gateway.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

const fail = (): never => {
  throw new Error("a bug");
};

/** Has the gateway fail once in what it does with its streams. */
function failOnceIn(method: "publish" | "unpublish" | "unsubscribe"): void {
  vi.spyOn(Streams.prototype, method).mockImplementationOnce(fail);
}

afterEach(() => {
  vi.restoreAllMocks();
});

function faultLines(world: TestGateway) {
  return world.log.filter(({ level }) => level === 50);
}

/** A publisher and a viewer that are to notice nothing. */
function honest(world: TestGateway) {
  const [publisher, viewer] = [world.publisher("honest"), world.viewer("honest")];
  viewer.take();
  let timestamp = 0;
  return {
    expectFine: () => {
      timestamp += 40;
      publisher.media("key", timestamp);
      world.pass(200);
      expect(viewer.take().filter((told) => told !== "ping")).toEqual([`key ${timestamp} on 1`]);
    },
  };
}

describe("an error of our own", () => {
  it.each<[string, (world: TestGateway) => TestClient]>([
    [
      "in bytes of a peer",
      (world) => {
        failOnceIn("publish");
        const client = world.connect();
        client.publish("cam");
        return client;
      },
    ],
    [
      "in the answer to a command",
      (world) => {
        const client = world.viewer("cam", { capacity: 1000 });
        Object.defineProperty(client.pair.near, "writable", { get: fail });
        client.command(0, "createStream", 2, null);
        return client;
      },
    ],
    [
      "in a viewer's flush",
      (world) => {
        const publisher = world.publisher("cam");
        const client = world.viewer("cam");
        client.pair.near.write = fail;
        publisher.media("key", 0);
        return client;
      },
    ],
    [
      "in what is looked at a few times a second",
      (world) => {
        const client = world.viewer("cam");
        client.pair.near.write = fail;
        client.pair.far.pause();
        world.pass(20_000);
        client.pair.far.resume();
        return client;
      },
    ],
    [
      "at the end of a publisher",
      (world) => {
        failOnceIn("unpublish");
        const client = world.publisher("cam");
        client.pair.far.end();
        return client;
      },
    ],
    [
      "at the end of a viewer that breaks the protocol",
      (world) => {
        failOnceIn("unsubscribe");
        const client = world.viewer("cam");
        client.sendRaw(new Uint8Array(100).fill(0xc7));
        return client;
      },
    ],
    [
      "in a publisher that is taken over",
      (world) => {
        const client = world.publisher("cam");
        client.pair.near.write = fail;
        world.publisher("cam").media("key", 0);
        return client;
      },
    ],
  ])("%s ends that connection alone, is counted, and has one line", (_, provoke) => {
    const world = new TestGateway({ application: { publisherPolicy: "takeover" } });
    const { expectFine } = honest(world);
    const victim = provoke(world);
    world.pass(2000);
    expectFine();
    expect(victim.closed).toBeDefined();
    expect(world.gateway.faults.countOf("session")).toBe(1);
    expect(faultLines(world)).toMatchObject([{ scope: "session", err: { message: "a bug" } }]);
    expect(world.log.filter(({ msg }) => msg === "session ended")).toHaveLength(1);
  });

  it("in a sweep leaves the connections alone, and their timeouts work in the next one", () => {
    const world = new TestGateway();
    const { expectFine } = honest(world);
    const silent = world.dial();
    vi.spyOn(Streams.prototype, "expire").mockImplementation(fail);
    world.pass(15_000);
    expect(silent.closed).toBeDefined();
    expectFine();
    expect(world.gateway.faults.countOf("task")).toBeGreaterThan(10);
  });

  it("at the end of one NetStream does not keep the others of its connection", () => {
    const world = new TestGateway();
    const client = world.connect();
    for (const [index, name] of ["one", "two", "three"].entries())
      client.publish(name, { netStreamId: index + 1 });
    failOnceIn("unpublish");
    client.pair.far.destroy();
    world.settle();
    const published = [...world.gateway.streams.values()].filter(({ publisher }) => publisher);
    expect(published.map(({ key }) => key.name)).toEqual(["one"]);
    expect(world.gateway.faults.countOf("session")).toBe(1);
  });

  it("in an observer does not end the peer of the observed stream", () => {
    const world = new TestGateway();
    world.gateway.observe({ published: fail, unpublished: fail, wanted: fail, unwanted: fail });
    const told: string[] = [];
    world.gateway.observe({ unpublished: ({ key }) => told.push(key.name) });
    const [publisher, viewer] = [world.publisher("cam"), world.viewer("cam")];
    publisher.media("key", 0);
    expect(viewer.take().at(-1)).toBe("key 0 on 1");
    for (const client of [publisher, viewer]) client.command(1, "closeStream", 0, null);
    expect([publisher.closed, viewer.closed]).toEqual([undefined, undefined]);
    expect(told).toEqual(["cam"]);
    expect([world.gateway.faults.countOf("task"), world.gateway.faults.total]).toEqual([4, 4]);
  });
});
