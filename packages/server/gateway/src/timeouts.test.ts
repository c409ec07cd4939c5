import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DEFAULT_TIMEOUTS } from "./config.ts";
import type { TestClient } from "./test-client.test.helper.ts";
import { TestGateway, useVirtualTime } from "./test-gateway.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

const { firstByteMs, handshakeMs, connectMs, pingIntervalMs, pingTimeoutMs, stallMs, closeMs } =
  DEFAULT_TIMEOUTS;

/** How exact the gateway is: it looks at its peers a few times a second. */
const EXACT_MS = 500;

/** Expects the connection to be there for as long as it may be silent, and not longer. */
function expectEndAfter(world: TestGateway, client: TestClient, ms: number, reason: string): void {
  world.pass(ms - EXACT_MS);
  expect(client.closed).toBeUndefined();
  world.pass(2 * EXACT_MS);
  expect(client.closed).toBeDefined();
  expect(world.gateway.connections).toBe(0);
  expect(world.log.at(-1)).toMatchObject({ msg: "session ended", reason });
}

describe("a peer that falls silent", () => {
  it("before its first byte is ended", () => {
    const world = new TestGateway();
    expectEndAfter(world, world.dial(), firstByteMs, "first byte timeout");
  });

  it("in the handshake is ended, also if it sends a byte now and then", () => {
    const world = new TestGateway();
    const client = world.dial();
    client.sendRaw(Uint8Array.of(3));
    for (let i = 0; i < 4; i++) {
      world.pass(handshakeMs / 5);
      client.sendRaw(Uint8Array.of(0));
    }
    expectEndAfter(world, client, handshakeMs / 5, "handshake timeout");
  });

  it("after the handshake is ended, also if it sends a byte now and then", () => {
    const world = new TestGateway();
    const client = world.dial();
    client.handshake();
    for (let i = 0; i < 4; i++) {
      world.pass(connectMs / 5);
      client.sendRaw(Uint8Array.of(3));
    }
    expectEndAfter(world, client, connectMs / 5, "connect timeout");
  });

  it("when it is connected is pinged, and ended if it does not answer", () => {
    const world = new TestGateway();
    const client = world.connect();
    client.answersPings = false;
    world.pass(pingIntervalMs + EXACT_MS);
    expect(client.take()).toEqual(["ping"]);
    expectEndAfter(world, client, pingTimeoutMs - EXACT_MS, "ping timeout");
    expect(client.take()).toEqual([]);
  });

  it("when it publishes loses its stream", () => {
    const world = new TestGateway({ application: { resumeWindowMs: 0 } });
    const [publisher, viewer] = [world.publisher(), world.viewer()];
    publisher.answersPings = false;
    publisher.media("key", 0);
    world.pass(pingIntervalMs + pingTimeoutMs + EXACT_MS);
    expect(publisher.closed).toBeDefined();
    expect(viewer.take()).toContain("NetStream.Play.UnpublishNotify on 1");
  });

  it("but answers pings stays", () => {
    const world = new TestGateway();
    const client = world.connect();
    world.pass(10 * (pingIntervalMs + pingTimeoutMs));
    expect(client.closed).toBeUndefined();
    expect(client.take().length).toBeGreaterThan(5);
  });
});

describe("a peer that sends or takes bytes", () => {
  it("is not pinged while it sends", () => {
    const world = new TestGateway();
    const publisher = world.publisher();
    for (let i = 0; i < 10; i++) {
      world.pass(pingIntervalMs / 2);
      publisher.media("key", i);
    }
    expect(publisher.take()).toEqual([]);
  });

  it("is not pinged while it takes waiting bytes, even if it sends nothing", () => {
    const world = new TestGateway();
    const [publisher, viewer] = [world.publisher(), world.viewer("cam", { capacity: 1000 })];
    viewer.answersPings = false;
    for (let i = 0; i < 10; i++) {
      world.pass(pingIntervalMs / 2);
      publisher.media("key", i, { length: 2000 });
    }
    expect(viewer.closed).toBeUndefined();
    expect(viewer.take()).not.toContain("ping");
  });
});

describe("a viewer that does not take the bytes that wait for it", () => {
  it("is ended when it has stalled for long enough, and not pinged before", () => {
    const world = new TestGateway();
    const [publisher, viewer] = [world.publisher(), world.viewer("cam", { capacity: 1000 })];
    viewer.pair.far.pause();
    publisher.media("key", 0, { length: 2000 });
    world.pass(stallMs - EXACT_MS);
    expect(viewer.closed).toBeUndefined();
    world.pass(2 * EXACT_MS);
    expect(viewer.closed).toBeDefined();
    expect(world.log.at(-1)).toMatchObject({ msg: "session ended", reason: "stalled" });
    expect(publisher.closed).toBeUndefined();
  });

  it("has the full time again after each byte it takes", () => {
    const world = new TestGateway();
    const [publisher, viewer] = [world.publisher(), world.viewer("cam", { capacity: 1000 })];
    for (let i = 0; i < 5; i++) {
      viewer.pair.far.pause();
      publisher.media("key", i, { length: 2000 });
      world.pass(stallMs - EXACT_MS);
      viewer.pair.far.resume();
      world.settle();
    }
    expect(viewer.closed).toBeUndefined();
  });

  it("is not stalled while nothing waits for it", () => {
    const world = new TestGateway();
    const viewer = world.viewer();
    world.pass(3 * stallMs);
    expect(viewer.closed).toBeUndefined();
  });
});

describe("a peer that is being ended", () => {
  it("has a limited time for its last bytes", () => {
    const world = new TestGateway();
    const client = world.connect();
    client.pair.far.pause();
    client.sendRaw(new Uint8Array(100).fill(0xc7));
    world.pass(closeMs - EXACT_MS);
    expect(client.closed).toBeUndefined();
    world.pass(2 * EXACT_MS);
    expect(client.closed).toBeDefined();
    expect(world.gateway.connections).toBe(0);
  });
});
