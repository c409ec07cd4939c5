import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HookedGateway, until } from "./hooked-gateway.test.helper.ts";
import { allow, type Received, Receiver } from "./receiver.test.helper.ts";

/** One program that has a URL for each event, as with nginx-rtmp and as `config import` writes it. */
const EVENTS = { on_publish: "publish", on_publish_done: "unpublish", on_play: "play", on_play_done: "stop" };

let program: Receiver;
let world: HookedGateway;
/** Calls that are answered when a test says so, by the name of their URL. */
let held: Map<string, () => void>;
let holds: string | undefined;

beforeEach(async () => {
  [held, holds] = [new Map(), undefined];
  program = await Receiver.start((request, response) => {
    if (nameOf(request) === holds) held.set(holds, () => allow(request, response));
    else allow(request, response);
  });
});

afterEach(async () => {
  await world.stop();
  await program.stop();
});

const nameOf = ({ url }: Received) => url.slice(1);

/** And holds no more. */
function answerHeld(): void {
  holds = undefined;
  for (const answer of held.values()) answer();
}

/** The URLs that were called, each with its stream. */
const calls = () =>
  program.received.map((request) => `${nameOf(request)} ${new URLSearchParams(request.body).get("name")}`);

function start(events: Readonly<Record<string, string>> = EVENTS): HookedGateway {
  const hooks = Object.entries(events).map(([name, event]) => ({
    url: `http://127.0.0.1:${program.port}/${name}`,
    dialect: "nginx-rtmp",
    events: [event],
  }));
  world = new HookedGateway({ hooks });
  return world;
}

describe("a program with a URL for each event", () => {
  it.each([
    ["publish", "on_publish cam", "on_publish_done cam"],
    ["play", "on_play cam", "on_play_done cam"],
  ] as const)(
    "that allowed %s hears the stop also if the client goes meanwhile",
    async (use, asked, stopped) => {
      holds = asked.split(" ")[0]!;
      const client = start().connect("live");
      client[use]("cam");
      await until(() => held.size > 0);
      client.pair.far.destroy();
      await until(() => world.gateway.connections === 0);
      expect(calls()).toEqual([asked]);
      answerHeld();
      await until(() => calls().length > 1);
      expect(calls()).toEqual([asked, stopped]);
    },
  );

  it("hears the stop of a second publisher, which it allowed and the server refused", async () => {
    const [first, second] = [start().connect("live"), world.connect("live")];
    first.publish("cam");
    await first.told("NetStream.Publish.Start");
    second.publish("cam");
    await second.told("NetStream.Publish.BadName");
    second.pair.far.destroy();
    await until(() => calls().length > 2);
    expect(calls()).toEqual(["on_publish cam", "on_publish cam", "on_publish_done cam"]);
  });

  it("is asked about a stream again after it has heard that the last publisher is gone", async () => {
    const first = start().connect("live");
    first.publish("cam");
    await first.told("NetStream.Publish.Start");
    holds = "on_publish_done";
    first.pair.far.destroy();
    await until(() => held.size > 0);
    const second = world.connect("live");
    second.publish("cam");
    const other = world.connect("live");
    other.publish("other");
    await other.told("NetStream.Publish.Start");
    expect(calls()).toEqual(["on_publish cam", "on_publish_done cam", "on_publish other"]);
    answerHeld();
    await until(() => calls().length > 3);
    expect(calls()[3]).toBe("on_publish cam");
  });

  it("is not asked about a session that went while it waited for that", async () => {
    const first = start().connect("live");
    first.publish("cam");
    await first.told("NetStream.Publish.Start");
    holds = "on_publish_done";
    first.pair.far.destroy();
    await until(() => held.size > 0);
    const second = world.connect("live");
    second.publish("cam");
    await second.told("NetConnection.Connect.Success");
    second.pair.far.destroy();
    await until(() => world.gateway.connections === 0);
    answerHeld();
    const other = world.connect("live");
    other.publish("cam");
    await other.told("NetStream.Publish.Start");
    expect(calls()).toEqual(["on_publish cam", "on_publish_done cam", "on_publish cam"]);
  });

  it("is asked about a session's next stream after it has heard of the stop of the one before", async () => {
    const client = start().connect("live");
    client.play("one");
    await client.told("NetStream.Play.Start");
    holds = "on_play_done";
    client.command([3, 1], "closeStream", 0, null);
    client.play("two");
    await until(() => held.size > 0);
    const other = world.connect("live");
    other.play("three");
    await other.told("NetStream.Play.Start");
    expect(calls()).toEqual(["on_play one", "on_play_done one", "on_play three"]);
    answerHeld();
    await until(() => calls().length > 3);
    expect(calls()[3]).toBe("on_play two");
  });
});
