import { MessageType, UserControlType, userControl } from "@headgate/message";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Session } from "./session.ts";
import { type ConnectOptions, TestGateway, useVirtualTime } from "./test-gateway.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

function onlySession(world: TestGateway): Session {
  expect(world.gateway.sessions.size).toBe(1);
  return [...world.gateway.sessions.values()][0]!;
}

describe("the sessions of a gateway", () => {
  it("are listed from connect to the end, in the order of their arrival", () => {
    const world = new TestGateway();
    const addresses = () => [...world.gateway.sessions.values()].map(({ remoteAddress }) => remoteAddress);
    world.dial({ remoteAddress: "192.0.2.1" });
    world.connect("live", { remoteAddress: "192.0.2.2" });
    const third = world.connect("live", { remoteAddress: "192.0.2.3" });
    world.connect("live", { remoteAddress: "192.0.2.4" });
    expect(addresses()).toEqual(["192.0.2.2", "192.0.2.3", "192.0.2.4"]);
    third.pair.far.end();
    world.settle();
    expect(addresses()).toEqual(["192.0.2.2", "192.0.2.4"]);
  });

  it("say who they are and what they do", () => {
    const world = new TestGateway();
    const client = world.connect("live?token=1", { remoteAddress: "192.0.2.1" });
    client.publish("a?key=1", { netStreamId: 1 });
    client.play("b", { netStreamId: 2 });
    const session = onlySession(world);
    expect(session).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{12}$/), transport: "memory" });
    expect(session.remotePort).toBe(50_000);
    expect(session.connect).toMatchObject({ application: "live", query: "token=1" });
    expect(session.uses.map(({ kind, key }) => [kind, key.path])).toEqual([
      ["publish", "live/a"],
      ["play", "live/b"],
    ]);
    expect(session.bytesReceived).toBe(client.pair.far.bytesSent);
    expect(session.bytesSent).toBe(client.pair.far.bytesReceived);
    const stream = world.gateway.streams.get("live/a")!;
    expect(world.gateway.sourceOf(stream)?.session).toBe(session);
  });

  it("keep the beginnings of long texts only", () => {
    const world = new TestGateway();
    const client = world.dial();
    client.handshake();
    const long = "x".repeat(5_000);
    const fields = { tcUrl: `rtmp://localhost/live?${long}`, pageUrl: long, swfUrl: long, flashVer: long };
    client.connect("live", fields);
    const { connect } = onlySession(world);
    for (const text of [connect?.query, connect?.tcUrl, connect?.pageUrl, connect?.swfUrl])
      expect(text).toHaveLength(2_048);
    expect(connect?.flashVersion).toHaveLength(64);
  });
});

describe("a round trip", () => {
  it("is measured by a ping, and no more often than every 5 seconds", () => {
    const world = new TestGateway();
    const client = world.publisher();
    const session = onlySession(world);
    expect(session.roundTripMs).toBeUndefined();
    for (let i = 0; i < 10; i += 1) session.measureRoundTrip();
    world.settle();
    expect(client.take()).toEqual(["ping"]);
    const first = session.roundTripMs;
    expect(first).toBeGreaterThanOrEqual(0);
    world.pass(5_000);
    session.measureRoundTrip();
    world.settle();
    expect(client.take()).toEqual(["ping"]);
  });

  it("is not measured by an answer to no ping", () => {
    const world = new TestGateway();
    const client = world.publisher();
    client.answersPings = false;
    const session = onlySession(world);
    session.measureRoundTrip();
    const pong = userControl({ event: UserControlType.pingResponse, value: 12_345_678 }).payload;
    client.payload(MessageType.userControl, [2, 0], 0, pong);
    expect(session.roundTripMs).toBeUndefined();
  });
});

describe("a session that is kicked", () => {
  it.each([
    ["publishes", (world: TestGateway) => world.publisher(), "NetStream.Publish.Denied on 1"],
    ["plays", (world: TestGateway) => world.viewer(), "NetStream.Publish.Denied on 1"],
    ["does nothing", (world: TestGateway) => world.connect(), "NetStream.Publish.Denied"],
  ])("and %s is told why, and ends", (_, start, told) => {
    const world = new TestGateway();
    const client = start(world);
    client.take();
    onlySession(world).kick("kicked", "NetStream.Publish.Denied", "An operator says so.");
    world.settle();
    expect(client.take()).toEqual([told]);
    const end = { msg: "session ended", reason: "kicked", description: "An operator has ended the session." };
    expect(world.log.at(-1)).toMatchObject(end);
    expect(client.closed).toBeDefined();
    expect(world.gateway.sessions.size).toBe(0);
    expect(world.gateway.faults.total).toBe(0);
  });

  it("a second time, and after its end, does not mind", () => {
    const world = new TestGateway();
    world.viewer();
    const session = onlySession(world);
    for (let i = 0; i < 3; i += 1) session.kick("kicked", "NetStream.Play.Failed", "Again.");
    world.pass(2_000);
    session.kick("kicked", "NetStream.Play.Failed", "Gone.");
    session.measureRoundTrip();
    expect(session.requestReconnect("Gone.")).toBe(false);
    world.settle();
    expect(world.gateway.faults.total).toBe(0);
  });

  it("leaves a stream that others can publish", () => {
    const world = new TestGateway();
    world.publisher();
    onlySession(world).kick("kicked", "NetStream.Publish.Denied", "Make room.");
    world.settle();
    world.publisher();
    expect(world.gateway.streams.get("live/cam")?.publisher).toBeDefined();
  });
});

describe("a request to connect again", () => {
  function connected(world: TestGateway, capsEx: number | undefined, options: ConnectOptions = {}) {
    const client = world.dial(options);
    client.handshake();
    client.connect("live", capsEx === undefined ? {} : { capsEx });
    client.take();
    return client;
  }

  it("reaches a client that says it can, with the URL", () => {
    const world = new TestGateway();
    const client = connected(world, 1);
    expect(onlySession(world).requestReconnect("Moving.", "rtmp://other/live")).toBe(true);
    world.settle();
    expect(client.take()).toEqual(["NetConnection.Connect.ReconnectRequest"]);
    expect(client.commands.at(-1)?.[3]).toMatchObject({
      level: "status",
      tcUrl: "rtmp://other/live",
      description: "Moving.",
    });
  });

  it.each([undefined, 0, 2, 14])("does not reach one with capsEx %s", (capsEx) => {
    const world = new TestGateway();
    const client = connected(world, capsEx);
    expect(onlySession(world).requestReconnect("Moving.")).toBe(false);
    world.settle();
    expect(client.take()).toEqual([]);
  });
});
