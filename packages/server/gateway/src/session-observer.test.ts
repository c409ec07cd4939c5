import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ALLOW, deny, type Policy } from "./policy.ts";
import type { Session, SessionObserver, StreamUse } from "./session.ts";
import { TestGateway, type TestGatewayOptions, useVirtualTime } from "./test-gateway.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

/** Writes down what it hears, with the address of the session. */
class Story implements SessionObserver {
  readonly told: string[] = [];

  take(): string[] {
    return this.told.splice(0);
  }

  connected = (session: Session) => this.#tell(session, "connected");
  published = (session: Session, use: StreamUse) => this.#tellUse(session, "published", use);
  unpublished = (session: Session, use: StreamUse) => this.#tellUse(session, "unpublished", use);
  played = (session: Session, use: StreamUse) => this.#tellUse(session, "played", use);
  stopped = (session: Session, use: StreamUse) => this.#tellUse(session, "stopped", use);
  closed = (session: Session, reason: string) => this.#tell(session, `closed: ${reason}`);
  failed = (session: Session, reason: string) => this.#tell(session, `failed: ${reason}`);

  #tell({ remoteAddress }: Session, what: string): void {
    this.told.push(`${remoteAddress} ${what}`);
  }

  #tellUse(session: Session, what: string, { key, netStreamId, query }: StreamUse): void {
    this.#tell(session, `${what} ${key.path}?${query} on ${netStreamId}`);
  }
}

function observed(options: TestGatewayOptions = {}): { world: TestGateway; story: Story } {
  const world = new TestGateway(options);
  const story = new Story();
  world.gateway.observeSessions(story);
  return { world, story };
}

describe("an observer of sessions", () => {
  it("hears of each start and each stop, in order", () => {
    const { world, story } = observed();
    const publisher = world.publisher("cam?key=1", { remoteAddress: "192.0.2.1" });
    const viewer = world.viewer("cam?key=2", { remoteAddress: "192.0.2.2" });
    expect(story.take()).toEqual([
      "192.0.2.1 connected",
      "192.0.2.1 published live/cam?key=1 on 1",
      "192.0.2.2 connected",
      "192.0.2.2 played live/cam?key=2 on 1",
    ]);
    viewer.command(1, "closeStream", 0, null);
    publisher.pair.far.end();
    world.settle();
    expect(story.take()).toEqual([
      "192.0.2.2 stopped live/cam?key=2 on 1",
      "192.0.2.1 unpublished live/cam?key=1 on 1",
      "192.0.2.1 closed: peer closed",
    ]);
  });

  it("hears of the stop of a publisher before the start of the one that takes over", () => {
    const { world, story } = observed({ application: { publisherPolicy: "takeover" } });
    world.publisher("cam", { remoteAddress: "192.0.2.1" });
    story.take();
    world.publisher("cam", { remoteAddress: "192.0.2.2" });
    expect(story.take()).toEqual([
      "192.0.2.2 connected",
      "192.0.2.1 unpublished live/cam? on 1",
      "192.0.2.2 published live/cam? on 1",
      "192.0.2.1 closed: taken over",
    ]);
  });

  it("hears nothing of a request before it is allowed, and nothing of one that is not", async () => {
    const { world, story } = observed();
    let allow: () => void = () => {};
    const policy: Policy = {
      name: "slow",
      publish: ({ key }) =>
        key.name === "no"
          ? deny("NetStream.Publish.Denied", "POLICY_FAILED")
          : new Promise((resolve) => {
              allow = () => resolve(ALLOW);
            }),
    };
    world.gateway.addPolicy(policy);
    world.publisher("no", { remoteAddress: "192.0.2.1" });
    world.publisher("cam", { remoteAddress: "192.0.2.2" });
    expect(story.take()).toEqual(["192.0.2.1 connected", "192.0.2.2 connected"]);
    allow();
    await vi.waitFor(() => expect(story.take()).toEqual(["192.0.2.2 published live/cam? on 1"]));
  });

  it("hears of a refused connect that it has failed, and nothing of peers without one and of other processes", () => {
    const { world, story } = observed();
    world.connect("nothing");
    world.dial().pair.far.end();
    world.viewer("cam", { isInternal: true }).pair.far.end();
    world.pass(1000);
    expect(story.told).toEqual([expect.stringMatching(/ failed: APPLICATION_UNKNOWN$/)]);
    expect(world.gateway.sessions.size).toBe(0);
  });

  it("hears everything once, whatever ends the session", () => {
    const { world, story } = observed();
    const client = world.connect("live", { remoteAddress: "192.0.2.1" });
    client.publish("a", { netStreamId: 1 });
    client.play("b", { netStreamId: 2 });
    client.command(0, "deleteStream", 0, null, 1);
    client.pair.far.breakOff("connection reset");
    world.settle();
    expect(story.told).toEqual([
      "192.0.2.1 connected",
      "192.0.2.1 published live/a? on 1",
      "192.0.2.1 played live/b? on 2",
      "192.0.2.1 unpublished live/a? on 1",
      "192.0.2.1 stopped live/b? on 2",
      "192.0.2.1 closed: connection reset",
    ]);
  });

  it("that fails harms neither the session nor the other observers", () => {
    const world = new TestGateway();
    const fail = () => {
      throw new Error("a bug");
    };
    world.gateway.observeSessions({ connected: fail, published: fail, unpublished: fail, closed: fail });
    const story = new Story();
    world.gateway.observeSessions(story);
    const publisher = world.publisher();
    expect(publisher.closed).toBeUndefined();
    publisher.pair.far.end();
    world.settle();
    expect(story.told).toHaveLength(4);
    expect(world.gateway.faults.total).toBe(4);
  });

  it("can end the session it hears of", () => {
    const world = new TestGateway();
    const story = new Story();
    world.gateway.observeSessions({
      published: (session) => session.kick("kicked", "NetStream.Publish.Denied", "Not today."),
    });
    world.gateway.observeSessions(story);
    const client = world.connect("live", { remoteAddress: "192.0.2.1" });
    client.publish("cam");
    expect(client.take().at(-1)).toBe("NetStream.Publish.Denied on 1");
    world.settle();
    expect(story.told.slice(1)).toEqual([
      "192.0.2.1 published live/cam? on 1",
      "192.0.2.1 unpublished live/cam? on 1",
      "192.0.2.1 closed: kicked",
    ]);
  });
});
