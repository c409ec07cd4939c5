import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ALLOW, deny, type Policy, type Verdict } from "./policy.ts";
import type { TestClient } from "./test-client.test.helper.ts";
import { TestGateway, type TestGatewayOptions, useVirtualTime } from "./test-gateway.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

const DENIED = deny("NetStream.Publish.Denied", "POLICY_FAILED", "Not you.");

/** A policy whose verdicts are given when the test says so. */
class Asked implements Policy {
  readonly name = "asked";
  readonly questions: string[] = [];
  readonly #answers: ((verdict: Verdict) => void)[] = [];
  readonly #failures: ((error: Error) => void)[] = [];

  connect = () => this.#ask("connect");
  publish = ({ key }: { key: { path: string } }) => this.#ask(`publish ${key.path}`);
  play = ({ key }: { key: { path: string } }) => this.#ask(`play ${key.path}`);

  async answer(verdict: Verdict): Promise<void> {
    this.#answers.shift()?.(verdict);
    await settled();
  }

  async fail(): Promise<void> {
    this.#failures.shift()?.(new Error("the hook's server is on fire"));
    await settled();
  }

  #ask(question: string): Promise<Verdict> {
    this.questions.push(question);
    return new Promise((resolve, reject) => {
      this.#answers.push(resolve);
      this.#failures.push(reject);
    });
  }
}

/** Promises that are settled have been heard of. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

function worldWith(policy: Policy, options: TestGatewayOptions = {}): TestGateway {
  const world = new TestGateway(options);
  world.gateway.addPolicy(policy);
  return world;
}

/** Only streams are asked about. */
function streamsAsked(): Asked {
  const asked = new Asked();
  asked.connect = async () => ALLOW;
  return Object.assign(asked, { connect: undefined });
}

const heard = (client: { take(): string[] }) => client.take().filter((text) => text !== "ping");

describe("a connect whose verdict is awaited", () => {
  it("is answered with the verdict, and later messages are read then", async () => {
    const asked = new Asked();
    const world = worldWith(asked);
    const client = world.dial();
    client.handshake();
    client.connect("live");
    client.command(0, "createStream", 2, null);
    client.command(1, "publish", 0, null, "cam", "live");
    expect(heard(client)).toEqual([]);
    await asked.answer(ALLOW);
    world.settle();
    expect(asked.questions).toEqual(["connect", "publish live/cam"]);
    expect(heard(client)).toEqual(["_result NetConnection.Connect.Success", "onBWDone", "_result"]);
    await asked.answer(ALLOW);
    world.settle();
    expect(heard(client)).toContain("NetStream.Publish.Start on 1");
  });

  it("is refused with the words of the policy", async () => {
    const asked = new Asked();
    const world = worldWith(asked);
    const client = world.dial();
    client.handshake();
    client.connect("live");
    await asked.answer(deny("NetConnection.Connect.Rejected", "POLICY_FAILED"));
    world.settle();
    expect(heard(client)).toEqual(["_error NetConnection.Connect.Rejected"]);
    expect(client.closed).toBeDefined();
  });

  it.each(["no answer", "a failure"])("is refused after %s, without effect on other peers", async (end) => {
    const asked = new Asked();
    const world = worldWith(asked);
    const client = world.dial();
    client.handshake();
    client.connect("live");
    if (end === "a failure") await asked.fail();
    else world.pass(8_500);
    world.settle();
    expect(heard(client)).toEqual(["_error NetConnection.Connect.Rejected"]);
    const reason = end === "a failure" ? "POLICY_FAILED" : "POLICY_TIMED_OUT";
    expect(world.log.findLast(({ msg }) => msg === "session ended")).toMatchObject({ reason });
    expect(world.gateway.faults.total).toBe(end === "a failure" ? 1 : 0);
  });

  it("is forgotten when the peer goes", async () => {
    const asked = new Asked();
    const world = worldWith(asked);
    const client = world.dial();
    client.handshake();
    client.connect("live");
    client.pair.far.destroy();
    world.pass(10_000);
    await asked.answer(ALLOW);
    expect([world.gateway.connections, world.gateway.faults.total]).toEqual([0, 0]);
  });
});

describe("a stream's request whose verdict is awaited", () => {
  it("keeps the media that an impatient encoder sends, and no other peer waits", async () => {
    const asked = streamsAsked();
    const world = worldWith(asked);
    const other = world.connect();
    other.publish("other");
    await asked.answer(ALLOW);
    const [encoder, viewer] = [world.connect(), world.connect()];
    viewer.play("cam");
    await asked.answer(ALLOW);
    world.settle();
    viewer.take();
    encoder.publish("cam");
    encoder.media("avcC", 0);
    encoder.media("key", 0);
    encoder.media("inter", 40);
    other.media("key", 0);
    expect(world.gateway.streams.get("live/other")!.log().bytes).toBeGreaterThan(0);
    expect(heard(encoder)).toEqual(["_result"]);
    await asked.answer(ALLOW);
    world.settle();
    expect(heard(encoder)).toContain("NetStream.Publish.Start on 1");
    expect(heard(viewer)).toEqual([
      "NetStream.Play.PublishNotify on 1",
      "avcC 0 on 1",
      "key 0 on 1",
      "inter 40 on 1",
    ]);
  });

  it("gets no answer once withdrawn, even if it is requested again", async () => {
    const asked = streamsAsked();
    const world = worldWith(asked);
    const client = world.connect();
    client.publish("first");
    client.command(1, "closeStream", 0, null);
    client.take();
    await asked.answer(ALLOW);
    world.settle();
    expect([heard(client), world.gateway.streams.size]).toEqual([[], 0]);
    client.command(1, "publish", 0, null, "second", "live");
    client.command(1, "publish", 0, null, "third", "live");
    await asked.answer(ALLOW);
    await asked.answer(ALLOW);
    world.settle();
    expect(heard(client).filter((text) => text.endsWith("on 1"))).toEqual(["NetStream.Publish.Start on 1"]);
    expect([...world.gateway.streams.keys()]).toEqual(["live/third"]);
  });

  it("counts until it is answered, also when it is withdrawn", async () => {
    const asked = streamsAsked();
    const world = worldWith(asked);
    const client = world.connect();
    client.command(0, "createStream", 2, null);
    for (let i = 0; i < 40; i += 1) {
      client.command(1, "play", 0, null, "cam");
      client.command(1, "closeStream", 0, null);
    }
    expect(asked.questions).toHaveLength(32);
    expect(heard(client)).toContain("NetStream.Play.Failed on 1");
    await asked.answer(ALLOW);
    client.command(1, "play", 0, null, "cam");
    expect(asked.questions).toHaveLength(33);
  });

  it("is refused with the words of the policy, and the held media is dropped", async () => {
    const asked = streamsAsked();
    const world = worldWith(asked);
    const client = world.connect();
    client.publish("cam");
    client.media("key", 0);
    client.take();
    await asked.answer(DENIED);
    world.settle();
    expect(heard(client)).toEqual(["NetStream.Publish.Denied on 1"]);
    expect(world.gateway.streams.size).toBe(0);
    expect(world.log.findLast(({ msg }) => msg === "publish refused")).toMatchObject({
      stream: "live/cam",
      reason: "POLICY_FAILED",
    });
  });

  it("is refused after the time for policies", () => {
    const world = worldWith(streamsAsked());
    const client = world.connect();
    client.play("cam");
    client.take();
    world.pass(8_500);
    expect(heard(client)).toEqual(["NetStream.Play.Failed on 1"]);
    expect(world.log.findLast(({ msg }) => msg === "play refused")).toMatchObject({
      reason: "POLICY_TIMED_OUT",
    });
  });

  it.each<[string, (client: TestClient) => void]>([
    ["pauses", (client) => client.command(1, "pauseRaw", 0, null, true, 0)],
    ["seeks", (client) => client.command(1, "seek", 0, null, 5000)],
    ["requests of what it wants to hear", (client) => client.command(1, "receiveAudio", 0, null, false)],
    ["media", (client) => client.media("key", 0, { length: 100_000 })],
  ])("is refused after too many %s", (what, say) => {
    const world = worldWith(streamsAsked());
    const client = world.connect();
    if (what === "media") client.publish("cam");
    else client.play("cam");
    client.take();
    for (let count = 0; count < 40; count += 1) say(client);
    const refusal = what === "media" ? "NetStream.Publish.BadName on 1" : "NetStream.Play.Failed on 1";
    expect(heard(client)[0]).toBe(refusal);
    expect(world.gateway.faults.total).toBe(0);
  });

  it("of a player is answered before what the player wants of it, in order", async () => {
    const asked = streamsAsked();
    const world = worldWith(asked);
    const [player, other] = [world.connect(), world.connect()];
    player.play("cam");
    player.command(1, "seek", 0, null, 5000);
    player.command(1, "pause", 0, null, true, 0);
    player.command(1, "receiveAudio", 0, null, true);
    expect(heard(player)).toEqual(["_result"]);
    await asked.answer(ALLOW);
    world.settle();
    expect(heard(player)).toEqual([
      "NetStream.Play.Reset on 1",
      "NetStream.Play.Start on 1",
      "|RtmpSampleAccess on 1",
      "NetStream.Seek.Failed on 1",
      "NetStream.Pause.Notify on 1",
      "NetStream.Seek.Notify on 1",
      "NetStream.Play.Start on 1",
    ]);
    other.publish("cam");
    await asked.answer(ALLOW);
    world.settle();
    other.media("key", 0);
    expect(heard(player)).toEqual(["NetStream.Play.PublishNotify on 1"]);
    player.command(1, "pause", 0, null, false, 0);
    expect(heard(player)).toEqual(["NetStream.Unpause.Notify on 1", "key 0 on 1"]);
  });

  it.each(["withdrawn", "refused"])("of a player is %s with all that the player wants of it", async (how) => {
    const asked = streamsAsked();
    const world = worldWith(asked);
    const player = world.connect();
    player.play("cam");
    player.command(1, "seek", 0, null, 5000);
    player.command(1, "pause", 0, null, true, 0);
    if (how === "withdrawn") player.command(1, "closeStream", 0, null);
    player.take();
    await asked.answer(how === "withdrawn" ? ALLOW : deny("NetStream.Play.Failed", "POLICY_FAILED"));
    world.settle();
    expect(heard(player)).toEqual(how === "withdrawn" ? [] : ["NetStream.Play.Failed on 1"]);
    expect(world.gateway.faults.total).toBe(0);
  });
});

describe("policies", () => {
  it("are asked in order, and the first that does not allow decides", async () => {
    const world = new TestGateway();
    const asked: string[] = [];
    const policy = (name: string, verdict: Verdict | Promise<Verdict>): Policy => ({
      name,
      publish: () => {
        asked.push(name);
        return verdict;
      },
    });
    world.gateway.addPolicy(policy("first", ALLOW));
    world.gateway.addPolicy(policy("second", Promise.resolve(ALLOW)));
    world.gateway.addPolicy(policy("third", DENIED));
    world.gateway.addPolicy(policy("fourth", ALLOW));
    const client = world.connect();
    client.publish("cam");
    await settled();
    world.settle();
    expect(asked).toEqual(["first", "second", "third"]);
    expect(heard(client)).toContain("NetStream.Publish.Denied on 1");
  });

  it("that throw end the session with an internal error, and no other", () => {
    const world = new TestGateway();
    world.gateway.addPolicy({
      name: "broken",
      publish: () => {
        throw new Error("a bug");
      },
    });
    const client = world.connect();
    client.publish("cam");
    expect(client.closed).toBeDefined();
    expect(world.gateway.faults.countOf("session")).toBe(1);
  });
});

describe("a peer that was refused", () => {
  it("and does nothing else is ended some seconds later: librtmp would wait for ever", () => {
    const world = new TestGateway({ application: { publisherPolicy: "reject" } });
    world.publisher("cam");
    const refused = world.connect();
    refused.publish("cam");
    world.pass(4_000);
    expect(refused.closed).toBeUndefined();
    world.pass(2_000);
    expect(refused.closed).toBeDefined();
    expect(world.log.findLast(({ msg }) => msg === "session ended")).toMatchObject({ reason: "refused" });
  });

  it.each(["too long", "recording"])(
    "for a reason that is found without a policy is ended too: %s",
    (why) => {
      const world = new TestGateway();
      const refused = world.connect();
      if (why === "recording") refused.publish("cam", { type: "record" });
      else refused.publish("x".repeat(10_000));
      world.pass(6_000);
      expect(refused.closed).toBeDefined();
      expect(world.log.filter(({ msg }) => msg === "publish refused")).toHaveLength(1);
    },
  );

  it("and plays or publishes something else stays", () => {
    const world = new TestGateway({ application: { publisherPolicy: "reject" } });
    world.publisher("cam");
    const refused = world.connect();
    refused.publish("cam");
    refused.publish("other", { netStreamId: 2 });
    world.pass(10_000);
    expect(refused.closed).toBeUndefined();
  });
});
