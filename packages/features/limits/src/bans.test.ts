import type { Policy } from "@headgate/gateway";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Bans, MAX_BANS } from "./bans.ts";
import { LimitedGateway } from "./limited-gateway.test.helper.ts";

afterEach(() => {
  vi.useRealTimers();
});

const FOR_EVER = { reason: "", forMs: undefined };
const DENIED = "NetStream.Publish.Denied";
const named: Policy = {
  name: "named",
  publish: ({ stream }) => ({ kind: "allow", identity: stream.query }),
  play: ({ stream }) => ({ kind: "allow", identity: stream.query }),
};

describe("the table of bans", () => {
  it("takes so many and no more, and forgets those whose time is over", () => {
    let nowMs = 0;
    const bans = new Bans(() => nowMs);
    for (let count = 0; count < MAX_BANS; count += 1)
      bans.add({ address: "192.0.2.1" }, { reason: "", forMs: count === 0 ? 1_000 : 5_000 });
    expect(bans.add({ address: "192.0.2.1" }, FOR_EVER)).toBe("full");
    nowMs = 1_000;
    expect(bans.add({ address: "192.0.2.1" }, FOR_EVER)).toMatchObject({ createdMs: 1_000 });
    nowMs = 5_000;
    expect(bans.all).toMatchObject([{ untilMs: undefined }]);
    expect(bans.find({ remoteAddress: "192.0.2.1", identity: undefined, path: undefined })).toBeDefined();
  });

  it.each(["", "nowhere", "203.0.113.0/33", "203.0.113"])("has no address %j", (address) => {
    expect(new Bans().add({ address }, FOR_EVER)).toBe("address");
  });

  it("compares all that a ban says", () => {
    const bans = new Bans();
    bans.add({ address: "203.0.113.0/24", identity: "guest-*", stream: "live/*" }, FOR_EVER);
    const of = (remoteAddress: string, identity?: string, path?: string) =>
      bans.find({ remoteAddress, identity, path }) !== undefined;
    expect([
      of("203.0.113.9", "guest-1", "live/cam"),
      of("203.0.114.9", "guest-1", "live/cam"),
      of("203.0.113.9", "alice", "live/cam"),
      of("203.0.113.9", undefined, "live/cam"),
      of("203.0.113.9", "guest-1", "vod/cam"),
      of("203.0.113.9", "guest-1"),
    ]).toEqual([true, false, false, false, false, false]);
    const networks = new Bans();
    networks.add({ address: "2001:db8::/32" }, FOR_EVER);
    const find = (remoteAddress: string) => networks.find({ remoteAddress, identity: "a", path: "b" });
    expect([find("2001:db8::1"), find("2001:db9::1"), find("")].map(Boolean)).toEqual([true, false, false]);
  });
});

describe("a ban", () => {
  it("of an address ends its sessions, and lets none begin until it is lifted or over", () => {
    const world = new LimitedGateway(vi, {});
    const banned = world.publish("cam", "live", "203.0.113.9");
    const idle = world.connect("live", "203.0.113.10");
    const other = world.play("cam", "live", "198.51.100.7");
    const ban = world.bans.add({ address: "203.0.113.0/24" }, { reason: "", forMs: 60_000 });
    world.settle();
    expect([banned.code, banned.isClosed]).toEqual([DENIED, true]);
    expect([idle.code, idle.isClosed]).toEqual(["NetConnection.Connect.Rejected", true]);
    expect(other.isClosed).toBe(false);
    expect(world.publish("cam", "live", "203.0.113.9").code).toBe("NetConnection.Connect.Rejected");
    expect(world.gateway.refusals.get("BANNED")).toBe(3);
    world.pass(60_000);
    expect(world.publish("cam", "live", "203.0.113.9").code).toBe("NetStream.Publish.Start");
    expect(typeof ban === "object" && world.bans.remove(ban.id)).toBe(false);
  });

  it("of an identity holds although later policies tell who it is", () => {
    const world = new LimitedGateway(vi, { between: named });
    const [guest, alice] = ["guest-1", "alice"].map((who) => world.publish(`${who}?${who}`));
    world.bans.add({ identity: "guest-*" }, FOR_EVER);
    world.settle();
    expect([guest!.code, guest!.isClosed, alice!.isClosed]).toEqual([DENIED, true, false]);
    expect(world.publish("new?guest-2").code).toBe(DENIED);
    expect(world.publish("new?bob").code).toBe("NetStream.Publish.Start");
  });

  it("of a stream ends that and not what else a session does", () => {
    const world = new LimitedGateway(vi, {});
    const client = world.publish("cam");
    client.play("other", { netStreamId: 2 });
    const viewer = world.play("cam");
    world.bans.add({ stream: "live/c*" }, FOR_EVER);
    world.pass(6_000);
    expect([client.code, client.isClosed]).toEqual([DENIED, false]);
    expect([viewer.code, viewer.isClosed]).toEqual(["NetStream.Play.Failed", true]);
    expect(world.play("live/cam", "").code).toBe("NetStream.Play.Failed");
    expect(world.play("/cam", "live/_definst_").code).toBe("NetStream.Play.Failed");
    expect(world.play("dam").code).toBe("NetStream.Play.Start");
    expect(world.reasons).toEqual(Array(4).fill("BANNED"));
  });
});
