import { Applications } from "@headgate/bus";
import { type ClientProblem, ClientStream } from "@headgate/client";
import type { Publication, PublishAttempt } from "@headgate/gateway";
import { RtmpUrl } from "@headgate/session";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DEFAULT_RELAY_OPTIONS } from "./config.ts";
import type { Neighbours } from "./neighbours.ts";
import { Relays } from "./relays.ts";
import { type Server, Servers, useVirtualTime } from "./servers.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

const url = (text: string): RtmpUrl => RtmpUrl.parse(text)!;
const ORIGIN = url("rtmp://origin/live");

let servers: Servers;

beforeEach(() => {
  servers = new Servers();
});

function publish({ gateway }: Server, name = "cam"): Publication {
  const publisher = gateway.publish({ application: "live", name });
  if (typeof publisher === "string") throw new Error(publisher);
  return publisher;
}

function sendKeyframe(publisher: Publication, timestamp: number): void {
  publisher.media({ type: 9, timestamp, messageStreamId: 0, payload: Uint8Array.of(0x17, 1, 0, 0, 0) });
}

/** A client of a server; what it has heard, and why it has ended. */
function client({ gateway }: Server, to: string, purpose: "play" | "publish" = "play", via: string[] = []) {
  const heard: string[] = [];
  let over: ClientProblem | undefined;
  const outgoing = new ClientStream(
    servers.contextOf(gateway),
    { url: url(to), purpose, via },
    {
      onEvent: (event) => heard.push(event.kind),
      onWritable: () => {},
      onOver: (problem) => {
        over = problem;
      },
    },
  );
  outgoing.start();
  return { outgoing, heard, problem: () => over };
}

const hasPublisher = ({ gateway }: Server): boolean =>
  gateway.streams.get("live/cam")?.publisher !== undefined;

describe("a push whose publisher goes", () => {
  it.each(Array.from({ length: 20 }, (_, step) => step * 50))(
    "%i ms after it has begun to connect to a slow target ends soon, and leaves the name free there",
    async (afterMs) => {
      servers.isSlow = true;
      const origin = servers.add("origin");
      const edge = servers.add("edge", { push: [ORIGIN] });
      const publisher = publish(edge);
      await servers.pass(afterMs);
      publisher.end("final");
      await servers.pass(300);
      servers.isSlow = false;
      await servers.pass(1500);
      expect(edge.relays.status).toEqual([]);
      expect(origin.gateway.connections).toBe(0);
      expect(hasPublisher(origin)).toBe(false);
      const again = publish(edge);
      await servers.pass(1000);
      sendKeyframe(again, 0);
      expect(hasPublisher(origin)).toBe(true);
    },
  );

  it("while it waits for the next attempt ends soon", async () => {
    const edge = servers.add("edge", { push: [ORIGIN] });
    const publisher = publish(edge);
    await servers.pass(20_000);
    expect(edge.relays.status).toMatchObject([{ lastError: { code: "CONNECTION_REFUSED" } }]);
    publisher.end("final");
    await servers.pass(300);
    expect(edge.relays.status).toEqual([]);
  });

  it("and is waited for by viewers goes on until nobody waits any longer", async () => {
    const edge = servers.add("edge", { push: [ORIGIN] });
    const publisher = publish(edge);
    const viewer = client(edge, "rtmp://edge/live/cam");
    await servers.pass(1000);
    publisher.end();
    await servers.pass(8000);
    expect(edge.relays.status).toHaveLength(1);
    await servers.pass(4000);
    expect(edge.relays.status).toEqual([]);
    viewer.outgoing.end();
  });
});

describe("pulls", () => {
  /** Plays a stream of the edge; whether that is refused. */
  async function play(edge: Server, name: string): Promise<{ isRefused: () => boolean; end: () => void }> {
    const { outgoing, problem } = client(edge, `rtmp://edge/live/${name}`);
    await servers.pass(300);
    return { isRefused: () => problem() !== undefined, end: () => outgoing.end() };
  }

  it("are so many from one origin, and what is published here needs none", async () => {
    servers.add("origin");
    const edge = servers.add("edge", { pull: [ORIGIN] }, { maxPullsPerOrigin: 2 });
    publish(edge, "local");
    const players = [];
    for (const name of ["local", "a", "b", "c", "b"]) players.push(await play(edge, name));
    expect(players.map(({ isRefused }) => isRefused())).toEqual([false, false, false, true, false]);
    players[1]!.end();
    await servers.pass(300);
    expect((await play(edge, "c")).isRefused()).toBe(false);
    expect(edge.gateway.faults.total).toBe(0);
  });

  it("count for each origin on its own", async () => {
    for (const host of ["origin", "other"]) servers.add(host);
    const routes = [{ streams: "other*", pull: [url("rtmp://other/live")], push: [] }];
    const edge = servers.add("edge", { pull: [ORIGIN], routes }, { maxPullsPerOrigin: 1 });
    const players = [];
    for (const name of ["a", "other1", "b", "other2"]) players.push(await play(edge, name));
    expect(players.map(({ isRefused }) => isRefused())).toEqual([false, false, true, true]);
  });

  it("that have fetched nothing yet end with their last viewer", async () => {
    const origin = servers.add("origin");
    const edge = servers.add("edge", { pull: [ORIGIN], pullIdleMs: 60_000 });
    const player = await play(edge, "nothing");
    expect(origin.gateway.connections).toBe(1);
    player.end();
    await servers.pass(500);
    expect([origin.gateway.connections, edge.relays.status.length]).toEqual([0, 0]);
  });
});

describe("a pull", () => {
  it.each(Array.from({ length: 20 }, (_, step) => step * 50))(
    "whose viewers go %i ms after it has begun to connect to a slow origin ends",
    async (afterMs) => {
      const origin = servers.add("origin");
      const edge = servers.add("edge", { pull: [ORIGIN], pullIdleMs: 0 });
      servers.isSlow = true;
      const reader = { lastPass: 0, flush: () => {}, fail: () => {} };
      const subscription = edge.gateway.play(
        { application: "live", name: "cam" },
        { messageStreamId: 1 },
        reader,
      );
      if (typeof subscription === "string") throw new Error(subscription);
      await servers.pass(afterMs);
      subscription.leave();
      await servers.pass(300);
      servers.isSlow = false;
      await servers.pass(1500);
      expect(edge.relays.status).toEqual([]);
      expect(origin.gateway.connections).toBe(0);
    },
  );

  it("tells the origin of the gateways of its viewers, as long as they watch, and of a few only", async () => {
    const origin = servers.add("origin");
    const edge = servers.add("edge", { pull: [ORIGIN], pullIdleMs: 60_000 });
    const told: (readonly string[])[] = [];
    origin.gateway.observe({ wanted: (_, via) => told.push(via) });
    const id = (number: number): string => number.toString(16).padStart(12, "0");
    const viewers = Array.from({ length: 40 }, (_, number) =>
      client(edge, "rtmp://edge/live/cam", "play", [id(number), id(1000 + number), "no id of a gateway"]),
    );
    await servers.pass(500);
    servers.cut("origin");
    await servers.pass(2000);
    expect(told).toHaveLength(2);
    expect(told[1]).toHaveLength(16);
    expect(told[1]?.[0]).toBe(edge.gateway.id);
    for (const { outgoing } of viewers.slice(0, -1)) outgoing.end();
    await servers.pass(1000);
    servers.cut("origin");
    await servers.pass(3000);
    expect(told[2]).toEqual([edge.gateway.id, id(39), id(1039)]);
  });

  it("that an internal error has ended begins anew, and no session ends", async () => {
    const origin = servers.add("origin");
    const edge = servers.add("edge", { pull: [ORIGIN] });
    const publisher = publish(origin);
    const viewer = client(edge, "rtmp://edge/live/cam");
    const broken = vi.spyOn(edge.gateway, "publish").mockImplementationOnce(() => {
      throw new Error("a bug");
    });
    await servers.pass(500);
    sendKeyframe(publisher, 0);
    await servers.pass(2000);
    sendKeyframe(publisher, 2000);
    await servers.pass(500);
    expect(broken).toHaveBeenCalledTimes(2);
    expect(viewer.heard).toContain("media");
    expect(viewer.problem()).toBeUndefined();
    expect([edge.gateway.faults.countOf("relay"), edge.gateway.faults.total]).toEqual([1, 1]);
    expect(servers.log.filter(({ level }) => level === 50)).toMatchObject([{ scope: "relay" }]);
  });

  it("that cannot say what it wants counts that, tries again later, and keeps no session", async () => {
    const edge = servers.add("edge", { pull: [ORIGIN] });
    const broken = vi.spyOn(edge.gateway, "id", "get").mockImplementation(() => {
      throw new Error("a bug");
    });
    const viewer = client(edge, "rtmp://edge/live/cam");
    await servers.pass(5000);
    expect(edge.relays.status).toMatchObject([{ lastError: { code: "INTERNAL_ERROR" }, state: "waiting" }]);
    broken.mockRestore();
    const origin = servers.add("origin");
    sendKeyframe(publish(origin), 0);
    await servers.pass(30_000);
    expect(edge.relays.status).toMatchObject([{ state: "running" }]);
    expect(viewer.problem()).toBeUndefined();
  });
});

describe("a push", () => {
  it("whose writing fails begins anew, and the stream's viewers notice nothing", async () => {
    servers.add("origin");
    const edge = servers.add("edge", { push: [ORIGIN] });
    const publisher = publish(edge);
    const viewer = client(edge, "rtmp://edge/live/cam");
    await servers.pass(1000);
    vi.spyOn(ClientStream.prototype, "write").mockImplementationOnce(() => {
      throw new Error("a bug");
    });
    for (let timestamp = 0; timestamp < 3000; timestamp += 100) {
      sendKeyframe(publisher, timestamp);
      await servers.pass(100);
    }
    expect(viewer.heard.filter((kind) => kind === "media")).toHaveLength(30);
    expect(edge.relays.status).toMatchObject([{ state: "running", retries: 1 }]);
    expect([edge.gateway.faults.countOf("relay"), edge.gateway.faults.total]).toEqual([1, 1]);
  });
});

describe("a proxied session", () => {
  it.each([1, 2, 3, 31, 40])(
    "in a ring of %i gateways is refused as a loop, and nothing stays open",
    async (count) => {
      const ring = Array.from({ length: count }, (_, index) =>
        servers.add(`host${index}`, { proxy: url(`rtmp://host${(index + 1) % count}`) }),
      );
      const { heard, problem } = client(ring[0]!, "rtmp://host0/live/cam");
      await servers.pass(8000);
      expect(heard).toEqual([]);
      expect(problem()?.message).toContain("RELAY_LOOP");
      for (const { gateway, relays } of ring)
        expect([gateway.connections, relays.proxiedSessions, gateway.faults.total]).toEqual([0, 0, 0]);
    },
  );

  it("tells its origin through which gateways it has come, and goes on as it was otherwise", async () => {
    const origin = servers.add("origin");
    const edge = servers.add("edge", { proxy: url("rtmp://origin") });
    const via: (readonly string[])[] = [];
    origin.gateway.observe({ wanted: (_, ids) => via.push(ids) });
    const viewer = client(edge, "rtmp://edge/live/cam", "play", ["0123456789ab", "somebody"]);
    await servers.pass(500);
    expect(via).toEqual([[edge.gateway.id, "0123456789ab"]]);
    expect(viewer.heard).toEqual(["connected", "started"]);
  });

  it("that an internal error ends leaves the others", async () => {
    servers.add("origin");
    const edge = servers.add("edge", { proxy: url("rtmp://origin") });
    const good = client(edge, "rtmp://edge/live/cam");
    await servers.pass(500);
    const dial = servers.dial.bind(servers);
    vi.spyOn(servers, "dial").mockImplementation((target) => {
      if (target.host === "origin") throw new Error("a bug");
      return dial(target);
    });
    const bad = client(edge, "rtmp://edge/live/other");
    await servers.pass(1000);
    expect(bad.problem()?.code).toBe("NetConnection.Connect.Failed");
    expect([edge.gateway.faults.countOf("session"), edge.gateway.faults.total]).toEqual([1, 1]);
    expect(edge.relays.proxiedSessions).toBe(1);
    expect(good.problem()).toBeUndefined();
  });
});

describe("the other processes of a server", () => {
  it("are told when a stream begins, and when it ends", () => {
    const { gateway } = servers.add("server");
    const told: string[] = [];
    const neighbours = {
      find: () => undefined,
      hasPublisher: () => false,
      isFree: async () => true,
      announce: ({ path }: { path: string }) => told.push(`${path} begins`),
      withdraw: ({ path }: { path: string }) => told.push(`${path} ends`),
    };
    const applications = new Applications(new Map([["*", DEFAULT_RELAY_OPTIONS]]));
    const options = { applications, maxPullsPerOrigin: 1, neighbours };
    gateway.observe(new Relays(gateway, servers.contextOf(gateway), options));
    const publisher = gateway.publish({ application: "live", name: "cam" });
    if (typeof publisher === "object") publisher.end();
    expect(told).toEqual(["live/cam begins", "live/cam ends"]);
  });
});

it("the log says of each relay when it ends, at shutdown before anything is waited for", async () => {
  servers.add("origin");
  const edge = servers.add("edge", { push: [ORIGIN], pull: [url("rtmp://absent/live")] });
  publish(edge);
  client(edge, "rtmp://edge/live/other");
  await servers.pass(500);
  edge.relays.close();
  const lines = servers.log.filter(({ msg }) => msg === "relay ended");
  expect(lines).toMatchObject([
    { kind: "pull", stream: "live/other", target: "rtmp://absent/live" },
    { kind: "push", stream: "live/cam", target: "rtmp://origin/live" },
  ]);
  const failed = servers.log.find(({ msg }) => msg === "relay failed");
  expect(failed).toMatchObject({ code: "CONNECTION_REFUSED", description: "absent refuses connections" });
});

it.each([
  [true, "allow"],
  [false, "deny"],
])(
  "a stream of another process is asked about before it is refused here: free %s, so %s",
  async (isFree, verdict) => {
    const { gateway } = servers.add("edge");
    const applications = new Applications(new Map([["*", DEFAULT_RELAY_OPTIONS]]));
    const neighbours = { hasPublisher: () => true, isFree: async () => isFree } as unknown as Neighbours;
    const relays = new Relays(gateway, servers.contextOf(gateway), {
      applications,
      maxPullsPerOrigin: 1,
      neighbours,
    });
    const attempt = { key: {}, options: { publisherPolicy: "reject" } } as unknown as PublishAttempt;
    expect(await relays.policies[0]!.publish!(attempt)).toMatchObject({ kind: verdict });
    const takingOver = { ...attempt, options: { ...attempt.options, publisherPolicy: "takeover" as const } };
    expect(relays.policies[0]!.publish!(takingOver)).toEqual({ kind: "allow" });
  },
);
