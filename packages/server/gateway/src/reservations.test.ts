import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ALLOW, deny, type Policy } from "./policy.ts";
import type { Reservations } from "./reservations.ts";
import { TestGateway, type TestGatewayOptions, useVirtualTime } from "./test-gateway.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

/** Sets one thing aside for each request, and counts what is set aside. */
class Counting implements Policy {
  readonly name = "counting";
  connects = 0;
  streams = 0;
  connect = ({ reservations }: { reservations: Reservations }) => {
    this.connects += 1;
    reservations.add(() => {
      this.connects -= 1;
    });
    return ALLOW;
  };
  publish = ({ reservations }: { reservations: Reservations }) => {
    this.streams += 1;
    reservations.add(() => {
      this.streams -= 1;
    });
    return ALLOW;
  };
  play = this.publish;
}

function worldWith(later: Policy = { name: "later" }, options: TestGatewayOptions = {}) {
  const world = new TestGateway(options);
  const counting = new Counting();
  for (const policy of [counting, later]) world.gateway.addPolicy(policy);
  return { world, counting };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

const never = () => new Promise<typeof ALLOW>(() => {});

describe("what a policy has set aside for a stream", () => {
  it("is kept while the stream is published or played, and given back with each", () => {
    const { world, counting } = worldWith();
    const publisher = world.publisher();
    const viewer = world.viewer();
    expect([counting.connects, counting.streams]).toEqual([2, 2]);
    viewer.command(1, "closeStream", 0, null);
    world.settle();
    expect([counting.connects, counting.streams]).toEqual([2, 1]);
    for (const { pair } of [publisher, viewer]) pair.far.destroy();
    world.settle();
    expect([counting.connects, counting.streams]).toEqual([0, 0]);
  });

  it.each<[string, Policy["publish"]]>([
    ["denies", () => deny("NetStream.Publish.Denied", "NOT_PERMITTED")],
    ["denies later", async () => deny("NetStream.Publish.Denied", "NOT_PERMITTED")],
    ["fails", async () => Promise.reject(new Error("broken"))],
    ["never answers", never],
  ])("is given back if a later policy %s", async (_, publish) => {
    const { world, counting } = worldWith({ name: "later", ...(publish && { publish }) });
    world.publisher();
    await settled();
    world.pass(8_500);
    await settled();
    expect(counting.streams).toBe(0);
  });

  it("is given back if the bus refuses the publisher, or another one takes over", () => {
    const rejecting = worldWith();
    rejecting.world.publisher();
    const second = rejecting.world.connect();
    second.publish("cam");
    expect(second.take()).toContain("NetStream.Publish.BadName on 1");
    expect(rejecting.counting.streams).toBe(1);
    const takingOver = worldWith(undefined, { application: { publisherPolicy: "takeover" } });
    takingOver.world.publisher();
    takingOver.world.publisher();
    expect(takingOver.counting.streams).toBe(1);
  });

  it("is given back if the request is withdrawn, or the peer goes, before the verdict", async () => {
    let answer: () => void = () => {};
    const slow = () =>
      new Promise<typeof ALLOW>((resolve) => {
        answer = () => resolve(ALLOW);
      });
    const { world, counting } = worldWith({ name: "slow", publish: slow });
    const client = world.connect();
    client.publish("cam");
    expect(counting.streams).toBe(1);
    client.command(1, "closeStream", 0, null);
    world.settle();
    expect(counting.streams).toBe(0);
    client.publish("cam");
    client.pair.far.destroy();
    world.settle();
    answer();
    await settled();
    expect([counting.connects, counting.streams]).toEqual([0, 0]);
  });

  it("is given back at once if the request is over before the policy knows", async () => {
    let given = 0;
    let add: () => void = () => {};
    const late: Policy = {
      name: "late",
      publish: ({ reservations }) =>
        new Promise((resolve) => {
          add = () => {
            reservations.add(() => {
              given += 1;
            });
            resolve(ALLOW);
          };
        }),
    };
    const { world } = worldWith(late);
    const client = world.connect();
    client.publish("cam");
    world.pass(8_500);
    add();
    await settled();
    expect(given).toBe(1);
  });

  it("stays with a play that an operator turns to another stream", () => {
    const { world, counting } = worldWith();
    world.viewer("one");
    const [session] = [...world.gateway.sessions.values()];
    const key = world.gateway.keyOf("live/two");
    expect(typeof key === "object" && session!.switchPlays(key)).toBe(1);
    expect(counting.streams).toBe(1);
    session!.kick("kicked", "NetStream.Play.Failed", "");
    world.settle();
    expect(counting.streams).toBe(0);
  });
});

it("what is set aside for a connection is given back when its connect is refused, and when it ends", async () => {
  const { world, counting } = worldWith({
    name: "later",
    connect: async () => deny("NetConnection.Connect.Rejected", "NOT_PERMITTED"),
  });
  const client = world.dial();
  client.handshake();
  client.connect("live");
  expect(counting.connects).toBe(1);
  await settled();
  expect(counting.connects).toBe(0);
  expect(world.gateway.refusals.get("NOT_PERMITTED")).toBe(1);
});

describe("one use that is ended", () => {
  it("is told with a status, and others of the session go on", () => {
    const { world } = worldWith();
    const client = world.connect();
    client.publish("one");
    client.command(0, "createStream", 4, null);
    client.command(2, "play", 0, null, "two");
    client.take();
    const [session] = [...world.gateway.sessions.values()];
    const [use] = session!.uses;
    session!.endUse(use!, "NOT_PERMITTED", "NetStream.Publish.BadName", "Enough.");
    session!.endUse(use!, "NOT_PERMITTED", "NetStream.Publish.BadName", "Enough.");
    world.settle();
    expect(client.take()).toEqual(["NetStream.Publish.BadName on 1"]);
    expect(session!.uses.map(({ kind }) => kind)).toEqual(["play"]);
    expect(world.log.filter(({ msg }) => msg === "publish ended")).toEqual([
      expect.objectContaining({ stream: "live/one", reason: "NOT_PERMITTED", description: "Enough." }),
    ]);
    world.pass(10_000);
    expect(client.closed).toBeUndefined();
  });

  it("leaves a session that does nothing else a few seconds", () => {
    const { world } = worldWith();
    const client = world.publisher();
    const [session] = [...world.gateway.sessions.values()];
    session!.endUse(session!.uses[0]!, "NOT_PERMITTED", "NetStream.Publish.BadName", "Enough.");
    client.media("key", 0);
    world.pass(6_000);
    expect(client.closed).toBeDefined();
    expect(world.log.findLast(({ msg }) => msg === "session ended")).toMatchObject({ reason: "refused" });
  });
});
