import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { NO_RELAYING, type Relaying } from "./relaying.ts";
import type { TestClient } from "./test-client.test.helper.ts";
import { useVirtualTime, World } from "./world.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

const fail = (): never => {
  throw new Error("a bug");
};

/** What a gateway calls of its relays at the events of a session: the way to have any of these events fail. */
function relaysThatFail(...names: readonly (keyof Relaying)[]): Relaying {
  return { ...NO_RELAYING, ...Object.fromEntries(names.map((name) => [name, fail])) };
}

function faultLines(world: World) {
  return world.log.filter(({ level }) => level === 50);
}

/** A publisher and a viewer that are to notice nothing. */
function honest(world: World) {
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
  it.each<[string, (world: World) => TestClient]>([
    [
      "in bytes of a peer",
      (world) => {
        world.gateway.relayWith(relaysThatFail("published"));
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
        world.gateway.relayWith(relaysThatFail("unpublished"));
        const client = world.publisher("cam");
        client.pair.far.end();
        return client;
      },
    ],
    [
      "at the end of a viewer that breaks the protocol",
      (world) => {
        world.gateway.relayWith(relaysThatFail("left"));
        const client = world.viewer("cam");
        client.send(new Uint8Array(100).fill(0xc7));
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
    const world = new World({ application: { publisherPolicy: "takeover" } });
    const { expectFine } = honest(world);
    const victim = provoke(world);
    world.pass(2000);
    expectFine();
    expect(victim.closed).toBeDefined();
    expect(world.gateway.faults.countOf("session")).toBe(1);
    expect(faultLines(world)).toMatchObject([{ scope: "session", err: { message: "a bug" } }]);
    expect(world.log.filter(({ msg }) => msg === "session ended")).toHaveLength(1);
  });

  it("in a sweep leaves the connections alone, which have their timeouts at the next", () => {
    const world = new World();
    const { expectFine } = honest(world);
    const silent = world.dial();
    vi.spyOn(world.gateway.bus, "expire").mockImplementation(fail);
    world.pass(15_000);
    expect(silent.closed).toBeDefined();
    expectFine();
    expect(world.gateway.faults.countOf("task")).toBeGreaterThan(10);
  });

  it("at the end of one NetStream does not keep the others of its connection", () => {
    const world = new World();
    const client = world.connect();
    for (const [index, name] of ["one", "two", "three"].entries())
      client.publish(name, { netStreamId: index + 1 });
    let calls = 0;
    world.gateway.relayWith({ ...NO_RELAYING, unpublished: () => ++calls === 1 && fail() });
    client.pair.far.destroy();
    world.settle();
    expect(calls).toBe(3);
    expect([...world.gateway.bus.streams.values()].filter(({ publisher }) => publisher)).toEqual([]);
    expect(world.gateway.faults.countOf("session")).toBe(1);
  });
});
