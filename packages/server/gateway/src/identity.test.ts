import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TestClient } from "./test-client.test.helper.ts";
import { TestGateway, useVirtualTime } from "./test-gateway.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

const SWF = { size: 16, hash: new Uint8Array(32) };

/** How clients split `rtmp://host/live/room/cam`. */
const SPLITS = [
  ["live", "room/cam"],
  ["live/room", "cam"],
  ["live/room/cam", ""],
  ["", "live/room/cam"],
] as const;

function publish(world: TestGateway, [application, name]: readonly [string, string]): TestClient {
  const client = world.connect(application);
  client.publish(name);
  return client;
}

function play(world: TestGateway, [application, name]: readonly [string, string]): TestClient {
  const client = world.connect(application);
  client.play(name);
  return client;
}

describe("one URL is one stream with one verdict, whichever way a client splits it", () => {
  const configurations = [["live"], ["live/room"], ["live", "live/room"], ["*"], ["live", "*"]];

  it.each(configurations)("where %s is configured", (...names) => {
    for (const split of SPLITS) {
      const world = new TestGateway({ applications: Object.fromEntries(names.map((name) => [name, {}])) });
      const publisher = publish(world, split);
      expect(publisher.take()).toContain("NetStream.Publish.Start on 1");
      expect([...world.gateway.streams.keys()]).toEqual(["live/room/cam"]);
      publisher.media("key", 0);
      for (const other of SPLITS) expect(play(world, other).take().at(-1)).toBe("key 0 on 1");
    }
  });

  it.each(configurations)("and a second publisher is refused where %s is configured", (...names) => {
    const applications = Object.fromEntries(
      names.map((name) => [name, { publisherPolicy: "reject" } as const]),
    );
    for (const split of SPLITS) {
      const world = new TestGateway({ applications });
      publish(world, SPLITS[0]);
      expect(publish(world, split).take()).toContain("NetStream.Publish.BadName on 1");
    }
  });
});

describe("a stream has the options of its own application, whichever application connect names", () => {
  const applications = {
    live: { publisherPolicy: "takeover" },
    "live/private": { swfVerification: [SWF], publisherPolicy: "reject" },
  } as const;
  const ways = [
    ["live", "private/secret"],
    ["live/private", "secret"],
    ["", "live/private/secret"],
    ["live", "/private//secret/"],
    ["live/_definst_", "private/secret"],
  ] as const;

  it.each(ways)("SWF verification cannot be avoided with %j and %j", async (application, name) => {
    const world = new TestGateway({ applications });
    publish(world, ["live/private", "secret"]).media("key", 0);
    const player = play(world, [application, name]);
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    world.pass(6_000);
    expect(player.take()).toContain("NetStream.Play.Failed on 1");
    expect(player.closed).toBeDefined();
    expect(world.log.map(({ reason }) => reason)).toContain("SWF_NOT_VERIFIED");
  });

  it.each(ways)("a takeover is refused to %j and %j", (application, name) => {
    const world = new TestGateway({ applications });
    const first = publish(world, ["live/private", "secret"]);
    expect(publish(world, [application, name]).take()).toContain("NetStream.Publish.BadName on 1");
    expect(first.closed).toBeUndefined();
  });

  it("and others can be played as before", () => {
    const world = new TestGateway({ applications });
    publish(world, ["live", "open"]).media("key", 0);
    expect(play(world, ["live", "open"]).take().at(-1)).toBe("key 0 on 1");
  });
});

it("no name reaches a stream of a virtual host", () => {
  const world = new TestGateway({ applications: { "*": {}, "//tv.example.com/live": {} } });
  const inside = world.dial();
  inside.handshake();
  inside.connect("live", { tcUrl: "rtmp://tv.example.com/live" });
  inside.publish("cam");
  expect([...world.gateway.streams.keys()]).toEqual(["//tv.example.com/live/cam"]);
  for (const name of ["//tv.example.com/live/cam", "/tv.example.com/live/cam"]) publish(world, ["", name]);
  expect([...world.gateway.streams.keys()]).toEqual(["//tv.example.com/live/cam", "tv.example.com/live/cam"]);
});

it.each(["vod", "liv", "live2"])("an application that is not configured is refused, such as %s", (name) => {
  const world = new TestGateway({ applications: { live: {}, "live/room": {} } });
  expect(world.connect(name).closed).toBeDefined();
});
