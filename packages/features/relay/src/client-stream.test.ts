import { type ClientProblem, ClientStream } from "@headgate/client";
import { NetConnection, RtmpUrl } from "@headgate/session";
import { DialError, type Link, type MemoryLinkPair } from "@headgate/transport";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Servers, useVirtualTime } from "./servers.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

const URL = RtmpUrl.parse("rtmp://origin/live/cam")!;

/** How far a connection has come. */
const STATES = [
  "dial pending",
  "connected",
  "handshake",
  "connect asked",
  "createStream asked",
  "publish asked",
  "started",
] as const;
type State = (typeof STATES)[number];

async function setUp(purpose: "publish" | "play") {
  const servers = new Servers();
  const { gateway } = servers.add("origin");
  const heard: string[] = [];
  const overs: (ClientProblem | undefined)[] = [];
  let pair: MemoryLinkPair | undefined;
  let goOn: () => void = () => {};
  const dialled = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const context = servers.contextOf(gateway);
  const dial = async (url: RtmpUrl): Promise<Link> => {
    await dialled;
    pair = servers.dial(url);
    return pair.near;
  };
  const timersBefore = vi.getTimerCount();
  const outgoing = new ClientStream(
    { ...context, dial },
    { url: URL, purpose },
    {
      onLink: () => heard.push("link"),
      onHandshake: () => heard.push("handshake"),
      onEvent: ({ kind }) => heard.push(kind),
      onWritable: () => {},
      onOver: (problem) => overs.push(problem),
    },
  );
  outgoing.start();
  const hasCome: Readonly<Record<State, () => boolean>> = {
    "dial pending": () => true,
    connected: () => heard.includes("link"),
    handshake: () => outgoing.bytes > 2000,
    "connect asked": () => heard.includes("handshake"),
    "createStream asked": () => heard.includes("connected"),
    "publish asked": () => outgoing.netStreamId > 0,
    started: () => heard.includes("started"),
  };
  const reach = async (state: State): Promise<void> => {
    if (state !== "dial pending") goOn();
    await vi.advanceTimersByTimeAsync(0);
    for (let steps = 0; !hasCome[state]() && steps < 1000; steps += 1) {
      if (!pair?.near.step()) pair?.far.step();
      await vi.advanceTimersByTimeAsync(0);
    }
    expect(hasCome[state]()).toBe(true);
  };
  return { servers, gateway, outgoing, overs, reach, goOn, timersBefore, link: () => pair };
}

describe.each(["publish", "play"] as const)("a connection to %s", (purpose) => {
  describe.each(STATES)("that is ended in the state: %s", (state) => {
    it.each(["reads on", "does not read"])(
      "closes, and leaves nothing at a server that %s",
      async (server) => {
        const { servers, gateway, outgoing, overs, reach, goOn, timersBefore, link } = await setUp(purpose);
        await reach(state);
        if (server === "does not read") link()?.far.pause();
        outgoing.end();
        outgoing.end();
        await servers.pass(1200);
        goOn();
        await servers.pass(1200);
        expect(overs).toEqual([undefined]);
        expect(gateway.connections).toBe(0);
        expect(gateway.streams.size).toBe(0);
        expect(vi.getTimerCount()).toBe(timersBefore);
        expect(gateway.faults.total).toBe(0);
      },
    );
  });
});

it("ends once for a fault in each of its entries, with a problem, and counts it", async () => {
  const servers = new Servers();
  const { gateway } = servers.add("origin");
  const bug = () => {
    throw new Error("a bug");
  };
  const context = servers.contextOf(gateway);
  const provoked: readonly ((over: (problem?: ClientProblem) => void) => ClientStream)[] = [
    (onOver) =>
      new ClientStream(
        { ...context, dial: async () => bug() },
        { url: URL, purpose: "play" },
        owner({ onOver }),
      ),
    (onOver) => new ClientStream(context, { url: URL, purpose: "play" }, owner({ onOver, onLink: bug })),
    (onOver) => new ClientStream(context, { url: URL, purpose: "play" }, owner({ onOver, onHandshake: bug })),
    (onOver) => new ClientStream(context, { url: URL, purpose: "play" }, owner({ onOver, onEvent: bug })),
  ];
  for (const [index, make] of provoked.entries()) {
    const overs: (string | undefined)[] = [];
    make((problem) => overs.push(problem?.code)).start();
    await servers.pass(2000);
    expect(overs).toEqual([expect.stringMatching(/INTERNAL_ERROR$/)]);
    expect([gateway.faults.countOf("relay"), gateway.faults.total]).toEqual([index + 1, index + 1]);
    expect(gateway.connections).toBe(0);
  }
});

it("reports why a server cannot be reached, without a fault", async () => {
  const servers = new Servers();
  const { gateway } = servers.add("other");
  const overs: (string | undefined)[] = [];
  const dial = async (): Promise<Link> => {
    throw new DialError("CERTIFICATE_NOT_TRUSTED", "no");
  };
  new ClientStream(
    { ...servers.contextOf(gateway), dial },
    { url: URL, purpose: "play" },
    {
      ...owner({ onOver: (problem) => overs.push(problem?.code) }),
    },
  ).start();
  await servers.pass(100);
  expect([overs, gateway.faults.total]).toEqual([["CERTIFICATE_NOT_TRUSTED"], 0]);
});

it("keeps only codes and printable text of a server's words", async () => {
  const servers = new Servers();
  const { gateway } = servers.add("origin");
  const reject = NetConnection.prototype.rejectConnect;
  vi.spyOn(NetConnection.prototype, "rejectConnect").mockImplementation(function (this: NetConnection) {
    reject.call(this, "\u001b[2J".repeat(1_000) as never, "\u202e\u0000".repeat(1_000));
  });
  const overs: (ClientProblem | undefined)[] = [];
  const request = { url: URL, purpose: "play", via: [gateway.id] } as const;
  new ClientStream(
    servers.contextOf(gateway),
    request,
    owner({ onOver: (problem) => overs.push(problem) }),
  ).start();
  await servers.pass(1000);
  vi.restoreAllMocks();
  expect(overs).toMatchObject([{ code: "SERVER_ERROR" }]);
  expect(overs[0]?.message).toMatch(/^[ -~]{1,400}$/);
});

function owner(calls: Partial<ConstructorParameters<typeof ClientStream>[2]>) {
  return { onEvent: () => {}, onWritable: () => {}, onOver: () => {}, ...calls };
}

it.each([
  ["connection reset", "CONNECTION_CONNECTION_RESET"],
  ["TLS was broken after the handshake: too many records", "CONNECTION_FAILED"],
])("names what has broken the connection by a code: %s", async (reason, code) => {
  const { overs, reach, link } = await setUp("play");
  await reach("started");
  link()!.near.breakOff(reason);
  await vi.advanceTimersByTimeAsync(500);
  link()!.near.step();
  expect(overs).toEqual([expect.objectContaining({ code })]);
});
