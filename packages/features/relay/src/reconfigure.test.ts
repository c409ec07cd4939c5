import { ClientStream } from "@headgate/client";
import type { Publication } from "@headgate/gateway";
import { RtmpUrl } from "@headgate/session";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DEFAULT_RELAY_OPTIONS, type RelayOptions } from "./config.ts";
import { type Server, Servers, useVirtualTime } from "./servers.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

const url = (text: string): RtmpUrl => RtmpUrl.parse(text)!;

let servers: Servers;

beforeEach(() => {
  servers = new Servers();
});

function reconfigure({ relays }: Server, options: Partial<RelayOptions>): void {
  relays.reconfigure(new Map([["*", { ...DEFAULT_RELAY_OPTIONS, ...options }]]));
}

function publish({ gateway }: Server): Publication {
  const publisher = gateway.publish({ application: "live", name: "cam" });
  if (typeof publisher === "string") throw new Error(publisher);
  publisher.media({ type: 9, timestamp: 0, messageStreamId: 0, payload: Uint8Array.of(0x17, 1, 0, 0, 0) });
  return publisher;
}

function play({ gateway }: Server, host: string) {
  const heard: string[] = [];
  const viewer = new ClientStream(
    servers.contextOf(gateway),
    { url: url(`rtmp://${host}/live/cam`), purpose: "play", via: [] },
    { onEvent: ({ kind }) => heard.push(kind), onWritable: () => {}, onOver: () => heard.push("over") },
  );
  viewer.start();
  return { heard, end: () => viewer.end() };
}

const isPublished = ({ gateway }: Server): boolean =>
  gateway.streams.get("live/cam")?.publisher !== undefined;

const targetsOf = ({ relays }: Server): readonly string[] => relays.status.map(({ target }) => target);

describe("other pushes", () => {
  it("begin, end and move one by one, without the publisher being touched", async () => {
    const [a, b, c] = ["a", "b", "c"].map((host) => servers.add(host)) as [Server, Server, Server];
    const edge = servers.add("edge", { push: [url("rtmp://a/live"), url("rtmp://b/live")] });
    publish(edge);
    await servers.pass(500);
    expect([a, b, c].map(isPublished)).toEqual([true, true, false]);
    const kept = a.gateway.sessions.keys().next().value;
    reconfigure(edge, { push: [url("rtmp://a/live"), url("rtmp://c/live")] });
    await servers.pass(500);
    expect([a, b, c].map(isPublished)).toEqual([true, false, true]);
    expect(a.gateway.sessions.keys().next().value).toBe(kept);
    reconfigure(edge, {});
    await servers.pass(500);
    expect([a, b, c].map(isPublished)).toEqual([false, false, false]);
    expect([edge.relays.status, edge.gateway.faults.total]).toEqual([[], 0]);
  });

  it("go to the same server with another key", async () => {
    const target = servers.add("target");
    const edge = servers.add("edge", { push: [url("rtmp://target/live/{stream}?key=a")] });
    publish(edge);
    await servers.pass(500);
    reconfigure(edge, { push: [url("rtmp://target/live/{stream}?key=b")] });
    await servers.pass(5_000);
    const [session] = [...target.gateway.sessions.values()];
    expect(session?.uses.map(({ query }) => query)).toEqual(["key=b"]);
  });
});

describe("another pull", () => {
  it("has the stream from another server, and viewers go on", async () => {
    const [old, next] = [servers.add("old"), servers.add("next")];
    const edge = servers.add("edge", { pull: [url("rtmp://old/live")] });
    for (const origin of [old, next]) publish(origin);
    const { heard } = play(edge, "edge");
    await servers.pass(500);
    expect(targetsOf(edge)).toEqual(["rtmp://old/live"]);
    reconfigure(edge, { pull: [url("rtmp://next/live")] });
    await servers.pass(5_000);
    expect(targetsOf(edge)).toEqual(["rtmp://next/live"]);
    expect([old.gateway.sessions.size, isPublished(edge)]).toEqual([0, true]);
    expect(heard).not.toContain("over");
  });

  it("that names the same server does not touch it", async () => {
    const origin = servers.add("origin");
    const edge = servers.add("edge", { pull: [url("rtmp://origin/live")] });
    publish(origin);
    play(edge, "edge");
    await servers.pass(500);
    const [before] = origin.gateway.sessions.keys();
    reconfigure(edge, { pull: [url("rtmp://origin/live"), url("rtmp://other/live")], pullIdleMs: 1_000 });
    await servers.pass(5_000);
    expect([...origin.gateway.sessions.keys()]).toEqual([before]);
  });

  it("begins for those that wait already, and ends for good with its last viewer", async () => {
    const origin = servers.add("origin");
    const edge = servers.add("edge");
    publish(origin);
    const viewers = [play(edge, "edge"), play(edge, "edge")];
    await servers.pass(500);
    expect(isPublished(edge)).toBe(false);
    reconfigure(edge, { pull: [url("rtmp://origin/live")], pullIdleMs: 0 });
    await servers.pass(500);
    expect(isPublished(edge)).toBe(true);
    for (const { end } of viewers) end();
    await servers.pass(1_000);
    expect([edge.relays.status, edge.gateway.streams.size]).toEqual([[], 0]);
  });

  it("is no longer made where none is configured any more", async () => {
    const origin = servers.add("origin");
    const edge = servers.add("edge", { pull: [url("rtmp://origin/live")] });
    publish(origin);
    play(edge, "edge");
    await servers.pass(500);
    reconfigure(edge, {});
    await servers.pass(5_000);
    expect([edge.relays.status, origin.gateway.sessions.size, isPublished(edge)]).toEqual([[], 0, false]);
  });
});
