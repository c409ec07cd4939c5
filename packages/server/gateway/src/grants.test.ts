import type { StreamKey } from "@headgate/bus";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Grants } from "./granted.ts";
import {
  ALLOW,
  type Allowed,
  type ConnectAttempt,
  deny,
  type Policy,
  type PublishAttempt,
} from "./policy.ts";
import { TestGateway, type TestGatewayOptions, useVirtualTime } from "./test-gateway.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

const APPLICATIONS = { live: {}, "live/private": { publisherPolicy: "takeover" }, other: {} } as const;

function worldWith(policies: readonly Policy[], options: TestGatewayOptions = {}): TestGateway {
  const world = new TestGateway({ applications: APPLICATIONS, ...options });
  for (const policy of policies) world.gateway.addPolicy(policy);
  return world;
}

/** Promises that are settled have been heard of. */
async function settled(world: TestGateway): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  world.settle();
}

function keyIn({ keyOf }: PublishAttempt, name: string): StreamKey {
  const key = keyOf(name);
  if (typeof key === "string") throw new Error(key);
  return key;
}

/** Grants at once or by a promise. */
const WAYS: readonly (readonly [string, (allowed: Allowed) => Allowed | Promise<Allowed>])[] = [
  ["at once", (allowed) => allowed],
  ["by a promise", async (allowed) => allowed],
];

describe.each(WAYS)("what a policy grants %s", (_, answer) => {
  it("names another stream, which alone is published and asked about from then on", async () => {
    const asked: string[] = [];
    const world = worldWith([
      {
        name: "renames",
        publish: (attempt) => answer({ kind: "allow", key: keyIn(attempt, "private/cam") }),
      },
      {
        name: "asked later",
        publish: ({ key, options, renamedFrom }) => {
          asked.push(`${key.path} ${options.publisherPolicy} ${renamedFrom}`);
          return ALLOW;
        },
      },
    ]);
    const client = world.connect();
    client.publish("secret?token=1");
    await settled(world);
    expect(asked).toEqual(["live/private/cam takeover live/secret"]);
    expect([...world.gateway.streams.keys()]).toEqual(["live/private/cam"]);
    expect(client.take()).toContain("NetStream.Publish.Start on 1");
    expect(world.log.find(({ msg }) => msg === "publishing")).toMatchObject({
      stream: "live/private/cam",
      renamedFrom: "live/secret",
    });
  });

  it("names another stream to a player", async () => {
    const world = worldWith([
      { name: "renames", play: ({ keyOf }) => answer({ kind: "allow", key: keyOf("cam") as StreamKey }) },
    ]);
    world.publisher("cam").media("key", 0);
    const viewer = world.connect();
    viewer.play("alias");
    await settled(world);
    expect(viewer.take()).toContain("key 0 on 1");
    expect(world.log.find(({ msg }) => msg === "playing")).toMatchObject({ renamedFrom: "live/alias" });
  });

  it("names another application at connect", async () => {
    const world = worldWith([
      { name: "moves", connect: () => answer({ kind: "allow", application: "other" }) },
    ]);
    const client = world.dial();
    client.handshake();
    client.connect("live");
    await settled(world);
    client.publish("cam");
    expect([...world.gateway.streams.keys()]).toEqual(["other/cam"]);
    expect(world.log.find(({ msg }) => msg === "session started")).toMatchObject({
      application: "other",
      renamedFrom: "live",
    });
  });

  it("cannot name an application that does not exist", async () => {
    const world = worldWith([
      { name: "moves", connect: () => answer({ kind: "allow", application: "none" }) },
    ]);
    const client = world.dial();
    client.handshake();
    client.connect("live");
    await settled(world);
    expect(client.take()).toEqual(["_error NetConnection.Connect.InvalidApp"]);
    expect(client.closed).toBeDefined();
  });

  it("says who the peer is: at connect for all its streams, later for one", async () => {
    const told: (Grants | undefined)[] = [];
    const world = worldWith([
      { name: "knows", connect: () => answer({ kind: "allow", identity: "alice" }) },
      {
        name: "knows better",
        publish: ({ key }) =>
          answer(key.name === "two" ? { kind: "allow", identity: `al\u0007ice${"!".repeat(200)}` } : ALLOW),
      },
    ]);
    world.gateway.observe({ published: (_stream, { grants }) => told.push(grants) });
    const client = world.dial();
    client.handshake();
    client.connect("live");
    await settled(world);
    client.publish("one");
    await settled(world);
    client.publish("two", { netStreamId: 2 });
    await settled(world);
    expect(told.map((grants) => grants?.identity)).toEqual(["alice", `al?ice${"!".repeat(122)}`]);
    const logged = world.log.filter(({ msg }) => /session started|publishing/.test(msg));
    expect(logged.map(({ identity }) => identity)).toEqual(["alice", "alice", `al?ice${"!".repeat(122)}`]);
  });

  it("limits: the strictest holds", async () => {
    const seen: Grants[] = [];
    const world = worldWith([
      {
        name: "one",
        publish: () =>
          answer({ kind: "allow", limits: { maxBitrate: 8e6, maxViewers: 10 }, pushTo: ["rtmp://a/x"] }),
      },
      {
        name: "other",
        publish: () =>
          answer({
            kind: "allow",
            limits: { maxBitrate: 4e6, maxViewers: 20, maxDurationMs: 1000 },
            pushTo: ["rtmp://b/x", "rtmp://a/x"],
          }),
      },
      {
        name: "last",
        publish: ({ grants }) => {
          seen.push(grants);
          return ALLOW;
        },
      },
    ]);
    world.connect().publish("cam");
    await settled(world);
    expect(seen).toEqual([
      {
        identity: undefined,
        limits: { maxBitrate: 4e6, maxViewers: 10, maxDurationMs: 1000 },
        pushTo: ["rtmp://a/x", "rtmp://b/x"],
      },
    ]);
  });
});

it("another process of this server is asked nothing", () => {
  const world = worldWith([
    {
      name: "refuses",
      connect: () => deny("NetConnection.Connect.Rejected", "POLICY_FAILED"),
      play: () => deny("NetStream.Play.Failed", "POLICY_FAILED"),
    },
  ]);
  const other = world.connect("live", { isInternal: true });
  other.play("cam");
  expect(other.take()).toContain("NetStream.Play.Start on 1");
  expect(world.connect().closed).toBeDefined();
});

it("an attempt says what the peer has said, in connect and in the name", () => {
  const attempts: PublishAttempt[] = [];
  const connects: ConnectAttempt[] = [];
  const world = worldWith([
    {
      name: "listens",
      connect: (attempt) => {
        connects.push(attempt);
        return ALLOW;
      },
      publish: (attempt) => {
        attempts.push(attempt);
        return ALLOW;
      },
    },
  ]);
  const client = world.dial();
  client.handshake();
  client.connect("live?user=alice", { pageUrl: "https://example.org/", swfUrl: "https://example.org/p.swf" });
  client.publish("flv:cam?key=1");
  expect(connects[0]?.request).toMatchObject({ query: "user=alice", pageUrl: "https://example.org/" });
  expect(attempts[0]).toMatchObject({
    stream: { name: "cam", query: "key=1", written: "flv:cam?key=1", format: "flv" },
    peer: {
      session: { connect: { application: "live", query: "user=alice", swfUrl: "https://example.org/p.swf" } },
    },
  });
});

it("a refused connect is told and logged with the words of the policy", () => {
  const world = worldWith([
    {
      name: "refuses",
      connect: () => deny("NetConnection.Connect.Rejected", "POLICY_FAILED", "Not before noon."),
    },
  ]);
  const client = world.dial();
  client.handshake();
  client.connect("live");
  expect(JSON.stringify(client.commands.at(-1))).toContain("Not before noon.");
  expect(world.log.findLast(({ msg }) => msg === "session ended")).toMatchObject({
    reason: "POLICY_FAILED",
    description: "Not before noon.",
  });
});
