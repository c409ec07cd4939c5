import { ClientStream } from "@headgate/client";
import { deny, type Publication } from "@headgate/gateway";
import { RtmpUrl } from "@headgate/session";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Server, Servers, useVirtualTime } from "./servers.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

const url = (text: string): RtmpUrl => RtmpUrl.parse(text)!;
const BOTH = [url("rtmp://origin/live"), url("rtmp://other/live")];

let servers: Servers;

beforeEach(() => {
  servers = new Servers();
});

function publish({ gateway }: Server, name = "cam"): Publication {
  const publisher = gateway.publish({ application: "live", name });
  if (typeof publisher === "string") throw new Error(publisher);
  publisher.media({ type: 9, timestamp: 0, messageStreamId: 0, payload: Uint8Array.of(0x17, 1, 0, 0, 0) });
  return publisher;
}

/** A viewer; what it has heard, and whether it has ended. */
function play({ gateway }: Server, name: string) {
  const heard: string[] = [];
  new ClientStream(
    servers.contextOf(gateway),
    { url: url(`rtmp://edge/live/${name}`), purpose: "play", via: [] },
    { onEvent: ({ kind }) => heard.push(kind), onWritable: () => {}, onOver: () => heard.push("over") },
  ).start();
  return heard;
}

const targetsOf = ({ relays }: Server) =>
  relays.status.map(({ stream, target }) => [stream, RtmpUrl.parse(target)?.host]);

describe("a pull that has two origins", () => {
  /** Two origins, of which the first refuses some names, or closes the connection; both have one stream. */
  function setUp(refuse: "refuses" | "closes", pull = BOTH) {
    const [origin, other] = [servers.add("origin"), servers.add("other")];
    origin.gateway.addPolicy({
      name: "refuse",
      play: ({ key }) => {
        if (!key.name.startsWith("made-up")) return { kind: "allow" };
        if (refuse === "closes") servers.cut("origin");
        return deny("NetStream.Play.StreamNotFound", "HOOK_DENIED");
      },
    });
    for (const each of [origin, other]) publish(each);
    return { origin, other, edge: servers.add("edge", { pull }) };
  }

  it.each(["refuses", "closes"] as const)(
    "of which the first %s when it is asked for a made-up name leaves other streams there",
    async (refuse) => {
      const { edge } = setUp(refuse);
      play(edge, "made-up");
      await servers.pass(300);
      play(edge, "cam");
      await servers.pass(300);
      expect(targetsOf(edge)).toContainEqual(["live/cam", "origin"]);
    },
  );

  it("asks the other for a stream that the first does not have, and then the first again", async () => {
    const { other, edge } = setUp("refuses");
    publish(other, "made-up");
    const viewer = play(edge, "made-up");
    await servers.pass(2000);
    expect(targetsOf(edge)).toEqual([["live/made-up", "other"]]);
    expect(viewer).toContain("media");
    const nowhere = play(edge, "made-up-too");
    other.gateway.addPolicy({
      name: "refuse",
      play: () => deny("NetStream.Play.StreamNotFound", "HOOK_DENIED"),
    });
    const asked = new Set<string>();
    for (let step = 0; step < 100; step += 1) {
      await servers.pass(100);
      for (const [stream, host] of targetsOf(edge)) if (stream === "live/made-up-too") asked.add(host!);
    }
    expect([...asked].sort()).toEqual(["origin", "other"]);
    expect(nowhere).toEqual(["connected", "started"]);
  });

  it.each([
    ["configured", "other", BOTH],
    ["the player's", "origin", BOTH.map(({ host }) => url(`rtmp://${host}/{app}/{stream}`))],
  ])("that refuses an application that is %s leaves the next stream to %s", async (_, host, pull) => {
    const { origin, edge } = setUp("refuses", pull);
    let refuses = true;
    origin.gateway.addPolicy({
      name: "refuse connect",
      connect: () => (refuses ? deny("NetConnection.Connect.Rejected", "HOOK_DENIED") : { kind: "allow" }),
    });
    play(edge, "first");
    await servers.pass(300);
    refuses = false;
    play(edge, "cam");
    await servers.pass(300);
    expect(targetsOf(edge)).toContainEqual(["live/cam", host]);
  });

  it("moves away from one whose connection is lost, with all its streams", async () => {
    const { origin, edge } = setUp("refuses");
    play(edge, "cam");
    await servers.pass(300);
    expect(targetsOf(edge)).toEqual([["live/cam", "origin"]]);
    servers.cut("origin");
    await servers.pass(1000);
    play(edge, "next");
    await servers.pass(300);
    expect(targetsOf(edge)).toEqual([
      ["live/cam", "other"],
      ["live/next", "other"],
    ]);
    expect(origin.gateway.faults.total).toBe(0);
  });
});
