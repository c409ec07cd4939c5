import type { Policy, Verdict } from "@headgate/gateway";
import { ALLOW, deny } from "@headgate/gateway";
import { afterEach, describe, expect, it, vi } from "vitest";
import { configOf, LimitedGateway, type LimitedOptions } from "./limited-gateway.test.helper.ts";

afterEach(() => {
  vi.useRealTimers();
});

const worldWith = (options: LimitedOptions) => new LimitedGateway(vi, options);

const STARTED = "NetStream.Publish.Start";
const PLAYING = "NetStream.Play.Start";
const BAD_NAME = "NetStream.Publish.BadName";
const FAILED = "NetStream.Play.Failed";
const REJECTED = "NetConnection.Connect.Rejected";

describe("how many", () => {
  it("publishers, viewers and connections an application may have", () => {
    const world = worldWith({
      applications: {
        live: { maxConnections: 5, publish: { maxPublishers: 1 }, play: { maxViewers: 2 } },
        "*": {},
      },
    });
    const publisher = world.publish("cam");
    const codes = [publisher, world.publish("other"), world.play("cam"), world.play("x"), world.play("cam")];
    expect(codes.map(({ code }) => code)).toEqual([STARTED, BAD_NAME, PLAYING, PLAYING, FAILED]);
    expect(world.connect().code).toBe(REJECTED);
    expect(world.reasons).toEqual(["PUBLISHERS_EXCEEDED", "VIEWERS_EXCEEDED"]);
    expect(Object.fromEntries(world.gateway.refusals)).toMatchObject({
      PUBLISHERS_EXCEEDED: 1,
      VIEWERS_EXCEEDED: 1,
      CONNECTIONS_EXCEEDED: 1,
    });
    for (let attempt = 0; attempt < 3; attempt += 1) expect(world.play("x", "vod").code).toBe(PLAYING);
    world.pass(6_000);
    publisher.leave();
    world.settle();
    expect(world.publish("other").code).toBe(STARTED);
  });

  it.each([
    ["live", "cam"],
    ["", "live/cam"],
    ["/live//", "/cam"],
    ["live/_definst_", "cam"],
    ["other", "../live/cam"],
  ])("count for every spelling: %j and %j", (application, name) => {
    const world = worldWith({
      applications: { live: { play: { maxViewers: 1 }, maxConnections: 2 }, "*": {} },
    });
    world.play("cam");
    expect(world.play(name, application).code).toBe(FAILED);
    const other = worldWith({ applications: { live: { maxConnections: 1 }, "*": {} } });
    other.play("cam");
    expect([FAILED, REJECTED]).toContain(other.play(name, application).code);
  });

  it("is counted for every other application together, where none is configured", () => {
    const world = worldWith({ applications: { "*": { play: { maxViewers: 2 } } } });
    const codes = ["a", "b", "c"].map((application) => world.play("cam", application).code);
    expect(codes).toEqual([PLAYING, PLAYING, FAILED]);
  });

  it.each<[string, readonly string[], readonly string[]]>([
    ["all", ["live/a", "live/b"], [PLAYING, FAILED]],
    ["stream", ["live/a", "live/b", "live/a"], [PLAYING, PLAYING, FAILED]],
    ["address", ["live/a", "live/b"], [PLAYING, FAILED]],
    ["identity", ["live/a", "live/b"], [PLAYING, PLAYING]],
  ])("a rule for streams counts: %s", (each, paths, expected) => {
    const world = worldWith({ limits: [{ streams: "live/*", each, play: { maxViewers: 1 } }] });
    expect(paths.map((path) => world.play(path, "").code)).toEqual(expected);
    expect(world.play("cam", "vod").code).toBe(PLAYING);
  });

  it("an identity may have, whom a later policy names", () => {
    const named: Policy = {
      name: "named",
      publish: ({ stream }) => ({ kind: "allow", identity: stream.query }),
      play: ({ stream }) => ({ kind: "allow", identity: stream.query }),
    };
    const limits = [
      { each: "identity", maxConnections: 2, publish: { maxPublishers: 1 } },
      { identities: "guest-*", play: { maxViewers: 1 } },
    ];
    const world = worldWith({ limits, between: named });
    expect(world.publish("a?alice").code).toBe(STARTED);
    expect(world.publish("b?alice").code).toBe(BAD_NAME);
    expect(world.publish("b?bob").code).toBe(STARTED);
    expect(world.play("a?alice").code).toBe(PLAYING);
    expect(world.play("a?alice").code).toBe(FAILED);
    expect(["guest-1", "guest-2", "carol"].map((who) => world.play(`a?${who}`).code)).toEqual([
      PLAYING,
      FAILED,
      PLAYING,
    ]);
  });
});

describe("a slot", () => {
  it("is taken by nobody who is refused by a later policy", async () => {
    let verdict: Verdict = deny("NetStream.Publish.Denied", "CREDENTIALS_INVALID");
    for (const place of ["between", "after"] as const) {
      const asked: Policy = { name: "asked", publish: () => verdict };
      const world = worldWith({ applications: { "*": { publish: { maxPublishers: 1 } } }, [place]: asked });
      for (let attempt = 0; attempt < 3; attempt += 1)
        expect(world.publish("cam").code).toBe("NetStream.Publish.Denied");
      verdict = ALLOW;
      expect(world.publish("cam").code).toBe(STARTED);
      verdict = deny("NetStream.Publish.Denied", "CREDENTIALS_INVALID");
    }
  });

  it("is asked for before other policies, which need not answer then", () => {
    const between = vi.fn(() => ALLOW);
    const options = { applications: { "*": { play: { maxViewers: 0 } } } };
    const world = worldWith({ ...options, between: { name: "hook", play: between } });
    expect(world.play("cam").code).toBe(FAILED);
    expect(between).not.toHaveBeenCalled();
  });

  it("goes from one publisher of a stream to the next that takes over", () => {
    const world = worldWith({
      applications: { "*": { publish: { maxPublishers: 1 } } },
      publisherPolicy: "takeover",
    });
    const [first, second] = [world.publish("cam"), world.publish("cam")];
    expect([first.code, second.code]).toEqual([BAD_NAME, STARTED]);
    expect(world.publish("other").code).toBe(BAD_NAME);
    second.leave();
    world.pass(6_000);
    expect(world.publish("other").code).toBe(STARTED);
  });

  it("is free again after each way out", () => {
    const world = worldWith({ applications: { "*": { maxConnections: 1, play: { maxViewers: 1 } } } });
    const ways: ((client: ReturnType<typeof world.play>) => void)[] = [
      (client) => client.command(1, "closeStream", 0, null),
      (client) => client.command(0, "deleteStream", 0, null, 1),
      (client) => client.leave(),
      () => {
        const [session] = [...world.gateway.sessions.values()];
        session?.kick("kicked", FAILED, "");
      },
    ];
    for (const leave of ways) {
      const client = world.play("cam");
      expect(client.code).toBe(PLAYING);
      leave(client);
      world.settle();
      if (!client.isClosed) client.leave();
      world.settle();
    }
    expect(world.play("cam").code).toBe(PLAYING);
  });

  it("of a viewer is limited by what its publisher was granted", () => {
    const granting: Policy = {
      name: "hook",
      publish: () => ({ kind: "allow", limits: { maxViewers: 1 } }),
    };
    const world = worldWith({ between: granting, applications: { "*": { play: { maxViewers: 10 } } } });
    const publisher = world.publish("cam");
    expect([world.play("cam"), world.play("cam")].map(({ code }) => code)).toEqual([PLAYING, FAILED]);
    expect(world.play("other").code).toBe(PLAYING);
    publisher.leave();
    world.settle();
    expect(world.play("cam").code).toBe(PLAYING);
  });
});

it("other limits hold from then on", () => {
  const world = worldWith({});
  const [viewer] = [world.play("cam"), world.play("cam")];
  world.features.first.reconfigure?.(
    configOf({ applications: { "*": { play: { maxViewers: 1, maxDuration: "5s" } } } }),
  );
  expect([world.play("cam").code, world.play("cam").code]).toEqual([PLAYING, FAILED]);
  world.pass(6_000);
  expect(viewer?.code).toBe(FAILED);
  expect(world.reasons).toEqual(["VIEWERS_EXCEEDED", ...Array(3).fill("DURATION_EXCEEDED")]);
});
