import { Applications, MessageCursor, type Stream } from "@headgate/bus";
import { type ClientProblem, ClientStream } from "@headgate/client";
import { deny, type Publication, type PublishAttempt } from "@headgate/gateway";
import { MessageType } from "@headgate/message";
import { RtmpUrl } from "@headgate/session";
import { addressKey } from "@headgate/transport";
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import { DEFAULT_RELAY_OPTIONS } from "./config.ts";
import { DialAllowances } from "./dial-allowances.ts";
import type { OriginSource } from "./origin-source.ts";
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
function client(
  { gateway }: Server,
  to: string,
  purpose: "play" | "publish" = "play",
  via: string[] = [],
  from?: string,
) {
  const heard: string[] = [];
  let over: ClientProblem | undefined;
  const outgoing = new ClientStream(
    servers.contextOf(gateway, undefined, from),
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

  it("and has waiting viewers goes on until none waits any longer", async () => {
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
  async function play(edge: Server, name: string, from?: string) {
    const { outgoing, heard, problem } = client(edge, `rtmp://edge/live/${name}`, "play", [], from);
    await servers.pass(300);
    const isRefused = () => problem() !== undefined;
    return { heard, isRefused, problem, end: () => outgoing.end() };
  }

  it("are limited for one origin, and a stream published here needs none", async () => {
    const origin = servers.add("origin");
    const edge = servers.add("edge", { pull: [ORIGIN] }, { maxPullsPerOrigin: 2 });
    publish(edge, "local");
    const far = ["a", "b"].map((name) => publish(origin, name));
    const players = [];
    for (const name of ["local", "a", "b"]) players.push(await play(edge, name));
    for (const each of far) sendKeyframe(each, 0);
    await servers.pass(300);
    for (const name of ["c", "b"]) players.push(await play(edge, name));
    expect(players.map(({ isRefused }) => isRefused())).toEqual([false, false, false, true, false]);
    expect(players[3]!.problem()?.message).toContain("too many streams are fetched");
    players[1]!.end();
    await servers.pass(11_000);
    expect((await play(edge, "c")).isRefused()).toBe(false);
    expect(edge.gateway.faults.total).toBe(0);
  });

  it("that have not arrived give way to others, first those of the address that waits for most", async () => {
    const origin = servers.add("origin");
    const edge = servers.add("edge", { pull: [ORIGIN] }, { maxPullsPerOrigin: 4 });
    sendKeyframe(publish(origin), 0);
    const waiting = [await play(edge, "mine", "198.51.100.1")];
    for (const name of ["x", "y", "z"]) waiting.push(await play(edge, name, "203.0.113.1"));
    const honest = await play(edge, "cam", "198.51.100.2");
    await servers.pass(500);
    expect(honest.heard).toContain("media");
    expect(waiting.map(({ isRefused }) => isRefused())).toEqual([false, true, false, false]);
    expect(edge.relays.status.map(({ stream }) => stream)).toEqual([
      "live/mine",
      "live/y",
      "live/z",
      "live/cam",
    ]);
    expect([origin.gateway.connections, edge.gateway.faults.total]).toEqual([4, 0]);
  });

  it("are made from where a policy says, unless the application has its own", async () => {
    const origin = servers.add("origin");
    const edges = [servers.add("edge"), servers.add("own", { pull: [url("rtmp://other/live")] })];
    for (const { gateway } of edges)
      gateway.addPolicy({
        name: "redirect",
        play: () => ({ kind: "allow", pullFrom: "rtmp://origin/live/elsewhere" }),
      });
    publish(origin, "elsewhere");
    const [edge, own] = edges as [Server, Server];
    const player = await play(edge, "cam");
    const { outgoing } = client(own, "rtmp://own/live/cam");
    await servers.pass(300);
    expect(player.isRefused()).toBe(false);
    expect(edge.relays.status).toMatchObject([{ kind: "pull", stream: "live/cam", state: "running" }]);
    expect(own.relays.status.map(({ target }) => target)).toEqual([expect.stringContaining("other")]);
    expect([...origin.gateway.streams.keys()]).toEqual(["live/elsewhere"]);
    outgoing.end();
    expect(edge.gateway.faults.total).toBe(0);
  });

  it("whose viewers have gone leave nothing behind of origins that have failed, nor do other origins", async () => {
    const targets = [url("rtmp://absent/live"), url("rtmp://away/live")];
    const edge = servers.add("edge", { pull: targets });
    const dialled: string[] = [];
    const dial = servers.dial.bind(servers);
    vi.spyOn(servers, "dial").mockImplementation((target) => {
      if (target.host !== "edge") dialled.push(target.host);
      return dial(target);
    });
    const players = [];
    for (const name of ["a", "b"]) players.push(await play(edge, name));
    await servers.pass(20_000);
    expect(new Set(dialled)).toEqual(new Set(["absent", "away"]));
    edge.relays.reconfigure(
      new Map([["*", { ...DEFAULT_RELAY_OPTIONS, pull: [ORIGIN, url("rtmp://b/live")] }]]),
    );
    await servers.pass(1_000);
    dialled.length = 0;
    await servers.pass(60_000);
    expect(new Set(dialled)).toEqual(new Set(["origin", "b"]));
    for (const { end } of players) end();
    await servers.pass(1_000);
    dialled.length = 0;
    await servers.pass(60_000);
    expect(dialled).toEqual([]);
  });

  it("count for each origin separately", async () => {
    for (const host of ["origin", "other"]) servers.add(host);
    const routes = [{ streams: "other*", pull: [url("rtmp://other/live")], push: [] }];
    const edge = servers.add("edge", { pull: [ORIGIN], routes }, { maxPullsPerOrigin: 1 });
    const players = [];
    for (const name of ["a", "other1", "other2"]) players.push(await play(edge, name));
    expect(players.map(({ isRefused }) => isRefused())).toEqual([false, true, false]);
  });

  it("without media end with their last viewer", async () => {
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
      const reader = { lastPass: 0, isWoken: false, turnKey: "a", flush: () => {}, fail: () => {} };
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

  it("gives way to an encoder that publishes the stream here, and its viewers go on", async () => {
    const origin = servers.add("origin");
    const edge = servers.add("edge", { pull: [ORIGIN] });
    const far = publish(origin);
    const viewer = client(edge, "rtmp://edge/live/cam");
    await servers.pass(500);
    sendKeyframe(far, 0);
    await servers.pass(500);
    const encoder = publish(edge);
    sendKeyframe(encoder, 0);
    sendKeyframe(far, 1000);
    await servers.pass(2000);
    const { length: heard } = viewer.heard;
    sendKeyframe(encoder, 2000);
    await servers.pass(500);
    expect(viewer.heard.slice(heard)).toEqual(["media"]);
    expect(viewer.heard).not.toContain("unpublished");
    expect([encoder.active, origin.gateway.connections]).toEqual([true, 0]);
    encoder.end();
    await servers.pass(2000);
    sendKeyframe(far, 3000);
    await servers.pass(500);
    expect(edge.relays.status).toMatchObject([{ state: "running" }]);
  });

  it.each(Array.from({ length: 12 }, (_, step) => step * 50))(
    "whose last viewer leaves and comes back after %i ms is followed by another, which is the viewer's",
    async (backAfterMs) => {
      const origin = servers.add("origin");
      const edge = servers.add("edge", { pull: [ORIGIN], pullIdleMs: 0 });
      servers.isSlow = true;
      const reader = { lastPass: 0, isWoken: false, turnKey: "a", flush: () => {}, fail: () => {} };
      const play = () => {
        const outcome = edge.gateway.play(
          { application: "live", name: "cam" },
          { messageStreamId: 1 },
          reader,
        );
        if (typeof outcome === "string") throw new Error(outcome);
        return outcome;
      };
      const first = play();
      await servers.pass(1000);
      first.leave();
      await servers.pass(backAfterMs);
      const back = play();
      const publisher = publish(origin);
      for (let timestamp = 0; timestamp < 4000; timestamp += 100) {
        sendKeyframe(publisher, timestamp);
        await servers.pass(100);
      }
      expect([edge.relays.status.length, hasPublisher(edge)]).toEqual([1, true]);
      const other = play();
      back.leave();
      await servers.pass(2000);
      expect(hasPublisher(edge)).toBe(true);
      other.leave();
      await servers.pass(2000);
      expect([edge.relays.status.length, origin.gateway.connections]).toEqual([0, 0]);
    },
  );

  it("names the gateways of its present viewers to the origin, and only a few", async () => {
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

  it("starts again after an internal error, and no session ends", async () => {
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

  it("whose request fails with an error counts it, tries again later, and keeps no session", async () => {
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
  const message = (type: number, timestamp: number, ...bytes: number[]) => ({
    type,
    timestamp,
    messageStreamId: 0,
    payload: Uint8Array.from(bytes),
  });

  it("begins with headers and the newest keyframe, at the times they have here", async () => {
    const origin = servers.add("origin");
    const edge = servers.add("edge", { push: [ORIGIN] });
    const publisher = publish(edge);
    const metadata = [2, 0, 10, ...new TextEncoder().encode("onMetaData"), 8, 0, 0, 0, 0, 0, 0, 9];
    publisher.data(message(MessageType.dataAmf0, 0, ...metadata), "onMetaData");
    publisher.media(message(MessageType.video, 0, 0x17, 0, 0, 0, 0, 1));
    publisher.media(message(MessageType.audio, 0, 0xaf, 0, 2));
    for (const timestamp of [0, 80]) {
      publisher.media(message(MessageType.video, timestamp, 0x17, 1, 0, 0, 0));
      publisher.media(message(MessageType.video, timestamp + 40, 0x27, 1, 0, 0, 0));
    }
    let pushed: Stream | undefined;
    origin.gateway.observe({
      published: (stream) => {
        pushed = stream;
      },
    });
    await servers.pass(1000);
    const cursor = new MessageCursor(pushed!, performance.now());
    const read = [1, 2, 3, 4, 5].map(() => cursor.next(performance.now())!.message);
    expect(
      read.map(({ type, timestamp, payload: [first, second] }) => [type, timestamp, first, second]),
    ).toEqual([
      [MessageType.dataAmf0, 0, 2, 0],
      [MessageType.video, 80, 0x17, 0],
      [MessageType.audio, 80, 0xaf, 0],
      [MessageType.video, 80, 0x17, 1],
      [MessageType.video, 120, 0x27, 1],
    ]);
    expect([...read[0]!.payload]).toEqual(metadata);
    expect(cursor.next(performance.now())).toBeUndefined();
  });

  it("takes one write for what has come together, and several for much", async () => {
    servers.add("origin");
    const edge = servers.add("edge", { push: [ORIGIN] });
    const dial = vi.spyOn(servers, "dial");
    const publisher = publish(edge);
    await servers.pass(1000);
    const write = vi.spyOn(dial.mock.results[0]!.value.near, "write");
    for (let timestamp = 0; timestamp < 1000; timestamp += 100) sendKeyframe(publisher, timestamp);
    await servers.pass(100);
    expect(write).toHaveBeenCalledTimes(1);
    for (let timestamp = 1000; timestamp < 1010; timestamp += 1)
      publisher.media({ ...message(MessageType.audio, timestamp), payload: new Uint8Array(100_000) });
    await servers.pass(1000);
    expect(write.mock.calls.length).toBeGreaterThan(3);
    expect(edge.gateway.faults.total).toBe(0);
  });

  it("whose publisher is followed by one with another query is made again with that one", async () => {
    const origin = servers.add("origin");
    const edge = servers.add("edge", { push: [url("rtmp://origin/live/{key}")] });
    const queries: string[] = [];
    origin.gateway.observe({ published: (_, { query }) => queries.push(query) });
    for (const query of ["token=1", "token=1", "token=2"]) {
      const publisher = edge.gateway.publish({ application: "live", name: "cam" }, { query, via: [] });
      if (typeof publisher === "string") throw new Error(publisher);
      await servers.pass(2000);
      sendKeyframe(publisher, 0);
      await servers.pass(100);
      publisher.end();
      await servers.pass(100);
    }
    expect(queries).toEqual(["token=1", "token=2"]);
    expect(edge.gateway.faults.total).toBe(0);
  });

  it("is made to the servers that a policy has named as well, as long as it names them", async () => {
    const origin = servers.add("origin");
    const edge = servers.add("edge");
    const paths: string[] = [];
    origin.gateway.observe({
      published: ({ key }) => paths.push(`+${key.path}`),
      unpublished: ({ key }) => paths.push(`-${key.path}`),
    });
    for (const pushTo of [["rtmp://origin/live/a", "no URL"], ["rtmp://origin/live/b"]]) {
      const source = { query: "", via: [], grants: { pushTo } };
      const publisher = edge.gateway.publish({ application: "live", name: "cam" }, source);
      if (typeof publisher === "string") throw new Error(publisher);
      await servers.pass(2000);
      sendKeyframe(publisher, 0);
      await servers.pass(1000);
      publisher.end();
      await servers.pass(100);
    }
    expect(paths).toEqual(["+live/a", "-live/a", "+live/b"]);
    expect(edge.gateway.faults.total).toBe(0);
  });

  it.each(Array.from({ length: 12 }, (_, step) => step * 50))(
    "whose publisher goes %i ms after it has begun to connect, and then the last viewer, ends",
    async (afterMs) => {
      const origin = servers.add("origin");
      const edge = servers.add("edge", { push: [ORIGIN] });
      servers.isSlow = true;
      const viewer = client(edge, "rtmp://edge/live/cam");
      await servers.pass(1000);
      const publisher = publish(edge);
      await servers.pass(afterMs);
      publisher.end();
      viewer.outgoing.abandon();
      await servers.pass(15_000);
      expect([edge.gateway.streams.size, edge.relays.status, hasPublisher(origin)]).toEqual([0, [], false]);
    },
  );

  it.each(Array.from({ length: 12 }, (_, step) => step * 50))(
    "whose publisher comes back %i ms after its stream has ended is followed by another",
    async (backAfterMs) => {
      const origin = servers.add("origin");
      const edge = servers.add("edge", { push: [ORIGIN] });
      servers.isSlow = true;
      client(edge, "rtmp://edge/live/cam");
      const first = publish(edge);
      await servers.pass(1000);
      sendKeyframe(first, 0);
      await servers.pass(500);
      first.end("final");
      await servers.pass(backAfterMs);
      const back = publish(edge);
      for (let timestamp = 0; timestamp < 8000; timestamp += 100) {
        sendKeyframe(back, timestamp);
        await servers.pass(100);
      }
      expect([edge.relays.status, hasPublisher(origin)]).toMatchObject([[{ state: "running" }], true]);
    },
  );

  it("starts again when writing fails, without effect on the stream's viewers", async () => {
    servers.add("origin");
    const edge = servers.add("edge", { push: [ORIGIN] });
    const publisher = publish(edge);
    const viewer = client(edge, "rtmp://edge/live/cam");
    await servers.pass(1000);
    vi.spyOn(ClientStream.prototype, "publish").mockImplementationOnce(() => {
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

describe("while no more connections to a server may be made", () => {
  let take: MockInstance<DialAllowances["take"]>;
  beforeEach(() => {
    take = vi.spyOn(DialAllowances.prototype, "take").mockReturnValue(false);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("pulls and pushes wait, which is no failure, and begin afterwards", async () => {
    const [origin, target] = [servers.add("origin"), servers.add("target")];
    const edge = servers.add("edge", { pull: [ORIGIN], push: [url("rtmp://target/live")] });
    const viewer = client(edge, "rtmp://edge/live/cam");
    publish(edge, "local");
    await servers.pass(3000);
    expect([origin.gateway.connections, target.gateway.connections]).toEqual([0, 0]);
    const waiting = { state: "waiting", retries: 0, lastError: undefined };
    expect(edge.relays.status).toMatchObject([waiting, waiting]);
    take.mockRestore();
    await servers.pass(2000);
    expect([origin.gateway.connections, target.gateway.connections]).toEqual([1, 1]);
    expect(viewer.problem()).toBeUndefined();
  });

  it("pulls wait in the turns of their viewers' addresses, also of those that come later, and pushes of their publishers'", async () => {
    servers.add("origin");
    const edge = servers.add("edge", { pull: [ORIGIN], push: [ORIGIN] });
    const viewers = ["192.0.2.1", "2001:db8::1"].map((from) =>
      client(edge, "rtmp://edge/live/cam", "play", [], from),
    );
    await servers.pass(300);
    const source = { query: "", via: [], remoteAddress: "192.0.2.3" };
    edge.gateway.publish({ application: "live", name: "local" }, source);
    const [pull, push] = [...new Set(take.mock.calls.map(([, dialler]) => dialler))];
    expect([[...pull!.turnKeys], [...push!.turnKeys]]).toEqual([
      ["192.0.2.1", addressKey("2001:db8::1")],
      ["192.0.2.3"],
    ]);
    viewers[0]!.outgoing.end();
    await servers.pass(300);
    expect([...pull!.turnKeys]).toEqual([addressKey("2001:db8::1")]);
    take.mockRestore();
    push!.onTurn();
    await servers.pass(300);
    expect(edge.relays.status.map(({ state }) => state)).toEqual(["waiting", "running"]);
  });

  it("pulls that wait count for their origin", async () => {
    servers.add("origin");
    const edge = servers.add("edge", { pull: [ORIGIN] }, { maxPullsPerOrigin: 1 });
    const viewers = ["a", "b"].map((name) => client(edge, `rtmp://edge/live/${name}`));
    await servers.pass(500);
    expect(viewers.map(({ problem }) => problem() !== undefined)).toEqual([true, false]);
  });

  it("streams still come from other processes of this server", () => {
    const { gateway } = servers.add("server");
    servers.add("worker-1");
    const dial = vi.spyOn(servers, "dial");
    const originSource = {
      find: () => ({ url: url("rtmp://worker-1/live"), isInternal: true }),
      hasPublisher: () => true,
      isFree: async () => false,
      announce: () => {},
      withdraw: () => {},
    };
    const applications = new Applications(new Map([["*", DEFAULT_RELAY_OPTIONS]]));
    const options = { applications, maxPullsPerOrigin: 1, originSource };
    gateway.observe(new Relays(gateway, servers.contextOf(gateway), options));
    const reader = { lastPass: 0, isWoken: false, turnKey: "a", flush: () => {}, fail: () => {} };
    gateway.play({ application: "live", name: "cam" }, { messageStreamId: 1 }, reader);
    expect(dial).toHaveBeenCalledTimes(1);
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

  it("names the gateways it has come through, and is otherwise unchanged", async () => {
    const origin = servers.add("origin");
    const edge = servers.add("edge", { proxy: url("rtmp://origin") });
    const via: (readonly string[])[] = [];
    origin.gateway.observe({ wanted: (_, ids) => via.push(ids) });
    const viewer = client(edge, "rtmp://edge/live/cam", "play", ["0123456789ab", "somebody"]);
    await servers.pass(500);
    expect(via).toEqual([[edge.gateway.id, "0123456789ab"]]);
    expect(viewer.heard).toEqual(["connected", "started"]);
  });

  it("ends by an internal error without effect on the others", async () => {
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
    const originSource = {
      find: () => undefined,
      hasPublisher: () => false,
      isFree: async () => true,
      announce: ({ path }: { path: string }) => told.push(`${path} begins`),
      withdraw: ({ path }: { path: string }) => told.push(`${path} ends`),
    };
    const applications = new Applications(new Map([["*", DEFAULT_RELAY_OPTIONS]]));
    const options = { applications, maxPullsPerOrigin: 1, originSource };
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

it("the log has no key of ours that a target quotes as it refuses it", async () => {
  const target = servers.add("target");
  const edge = servers.add("edge", { push: [url("rtmp://target/live/KEY-abcd-efgh?sig=0123456789")] });
  target.gateway.addPolicy({
    name: "talkative",
    publish: ({ key }) =>
      deny("NetStream.Publish.BadName", "HOOK_DENIED", `${key.name} may not publish with sig=0123456789`),
  });
  publish(edge);
  await servers.pass(500);
  const [failed] = servers.log.filter(({ host, msg }) => host === "edge" && msg === "relay failed");
  const description = "the server refuses publish: NetStream.Publish.BadName: *** may not publish with ***";
  expect(failed).toMatchObject({ code: "NetStream.Publish.BadName", description });
});

it.each([
  [true, "allow"],
  [false, "deny"],
])(
  "a stream of another process is asked about before it is refused here: free %s, so %s",
  async (isFree, verdict) => {
    const { gateway } = servers.add("edge");
    const applications = new Applications(new Map([["*", DEFAULT_RELAY_OPTIONS]]));
    const originSource = { hasPublisher: () => true, isFree: async () => isFree } as unknown as OriginSource;
    const relays = new Relays(gateway, servers.contextOf(gateway), {
      applications,
      maxPullsPerOrigin: 1,
      originSource,
    });
    const attempt = { key: {}, options: { publisherPolicy: "reject" } } as unknown as PublishAttempt;
    expect(await relays.policies[0]!.publish!(attempt)).toMatchObject({ kind: verdict });
    const takingOver = { ...attempt, options: { ...attempt.options, publisherPolicy: "takeover" as const } };
    expect(relays.policies[0]!.publish!(takingOver)).toEqual({ kind: "allow" });
  },
);
