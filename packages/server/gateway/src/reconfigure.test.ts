import { DEFAULT_APPLICATION_OPTIONS } from "@headgate/bus";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DEFAULT_GATEWAY_OPTIONS, type GatewayOptions, LATENCY_FIRST } from "./config.ts";
import { TestGateway, useVirtualTime } from "./test-gateway.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

const BASE: GatewayOptions = {
  ...DEFAULT_GATEWAY_OPTIONS,
  merge: LATENCY_FIRST,
  applications: new Map([["live", DEFAULT_APPLICATION_OPTIONS]]),
};

const withLimits = (limits: Partial<GatewayOptions["limits"]>): GatewayOptions => ({
  ...BASE,
  limits: { ...BASE.limits, ...limits },
});

const withApplication = (options: Partial<typeof DEFAULT_APPLICATION_OPTIONS>): GatewayOptions => ({
  ...BASE,
  applications: new Map([["live", { ...DEFAULT_APPLICATION_OPTIONS, ...options }]]),
});

describe("another configuration", () => {
  it("limits connections at once, and ends none", () => {
    const world = new TestGateway();
    const there = [1, 2, 3].map((n) => world.connect("live", { remoteAddress: `192.0.2.${n}` }));
    world.gateway.reconfigure(withLimits({ maxConnections: 2 }));
    expect(world.gateway.admit("192.0.2.9")).toBeUndefined();
    expect(there.map(({ closed }) => closed)).toEqual([undefined, undefined, undefined]);
    world.gateway.reconfigure(withLimits({ maxConnections: 4 }));
    expect(world.gateway.admit("192.0.2.9")).toBeDefined();
    world.gateway.reconfigure(withLimits({ maxConnectionsPerAddress: 1 }));
    expect(world.gateway.admit("192.0.2.1")).toBeUndefined();
  });

  it.each(["maxStreams", "maxStreamsPerAddress"] as const)("limits streams by %s at once", (limit) => {
    const world = new TestGateway();
    world.publisher("a");
    world.gateway.reconfigure(withLimits({ [limit]: 1 }));
    const second = world.connect();
    second.publish("b");
    expect(second.take().at(-1)).toBe("NetStream.Publish.BadName on 1");
    expect(world.log.at(-1)).toMatchObject({ reason: "STREAMS_EXCEEDED" });
    expect(world.gateway.streams.get("live/a")?.publisher).toBeDefined();
  });

  it("limits what viewers wait for at once", () => {
    const world = new TestGateway();
    world.viewer("a").take();
    world.gateway.reconfigure(withLimits({ maxWaitingStreamsPerAddress: 1 }));
    world.viewer("b").take();
    world.settle();
    expect([...world.gateway.streams.keys()]).toEqual(["live/b"]);
  });

  it("drops what is too much of logs with the next bytes", () => {
    const world = new TestGateway();
    const publisher = world.publisher();
    const media = () => {
      for (let at = 0; at < 4_000; at += 40)
        publisher.media(at % 1_000 === 0 ? "key" : "inter", at, { length: 60_000 });
    };
    const slow = world.viewer("cam", { capacity: 1 });
    media();
    const before = world.gateway.logBytes;
    world.gateway.reconfigure(withLimits({ maxLogBytes: 1024 * 1024 }));
    publisher.media("key", 4_000, { length: 60_000 });
    expect(before).toBeGreaterThan(1.5 * 1024 * 1024);
    expect(world.gateway.logBytes).toBeLessThanOrEqual(1024 * 1024);
    expect(slow.closed).toBeUndefined();
  });

  it("decides on a second publisher at once, also of a stream that is there", () => {
    const world = new TestGateway();
    const first = world.publisher();
    world.gateway.reconfigure(withApplication({ publisherPolicy: "takeover" }));
    const second = world.connect();
    second.publish("cam");
    expect(second.take().at(-1)).toBe("NetStream.Publish.Start on 1");
    expect(first.take()).toEqual(["NetStream.Publish.BadName on 1"]);
  });

  it("has other applications at once, and leaves the streams of one that is gone alone", () => {
    const world = new TestGateway();
    const publisher = world.publisher();
    const viewer = world.viewer();
    viewer.take();
    world.gateway.reconfigure({ ...BASE, applications: new Map([["other", DEFAULT_APPLICATION_OPTIONS]]) });
    publisher.media("key", 0);
    world.settle();
    expect(viewer.take()).toContain("key 0 on 1");
    const late = world.dial();
    late.handshake();
    late.connect("live");
    expect(late.commands.at(-1)?.[3]).toMatchObject({ code: "NetConnection.Connect.InvalidApp" });
    expect(world.connect("other").closed).toBeUndefined();
    expect(world.gateway.faults.total).toBe(0);
  });

  it("is for streams that begin later, where it is about streams", () => {
    const world = new TestGateway();
    world.publisher("old");
    world.gateway.reconfigure(withApplication({ resumeWindowMs: 0, lagPolicy: "drop" }));
    world.publisher("new");
    const options = (path: string) => world.gateway.streams.get(path)?.options;
    expect(options("live/old")).toMatchObject({ resumeWindowMs: 10_000, lagPolicy: "jump" });
    expect(options("live/new")).toMatchObject({ resumeWindowMs: 0, lagPolicy: "drop" });
  });

  it("is for sessions that begin later, where it is about sessions", () => {
    const world = new TestGateway();
    const [old, late] = [world.dial({ remoteAddress: "192.0.2.1" }), "192.0.2.2"];
    old.handshake();
    world.gateway.reconfigure({ ...BASE, timeouts: { ...BASE.timeouts, connectMs: 2_000 } });
    const next = world.dial({ remoteAddress: late });
    next.handshake();
    world.pass(3_000);
    expect([old.closed, next.closed !== undefined]).toEqual([undefined, true]);
    world.pass(8_000);
    expect(old.closed).toBeDefined();
  });
});
