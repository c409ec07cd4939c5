import type { Policy } from "@headgate/gateway";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type LimitedClient, LimitedGateway, type LimitedOptions } from "./limited-gateway.test.helper.ts";

afterEach(() => {
  vi.useRealTimers();
});

const worldWith = (options: LimitedOptions) => new LimitedGateway(vi, options);
const inAll = (limits: object): LimitedOptions => ({ applications: { "*": limits } });
const BAD_NAME = "NetStream.Publish.BadName";
const FAILED = "NetStream.Play.Failed";

/** Ten times a second a picture, so that the bitrate is this. */
function sending(client: LimitedClient, bitsPerSecond: number): () => void {
  let timestamp = 0;
  return () => {
    timestamp += 100;
    client.picture(timestamp, bitsPerSecond / 80);
  };
}

describe("the bitrate", () => {
  it("of a publication may be too high for less than ten seconds", () => {
    const world = worldWith(inAll({ publish: { maxBitrate: "100k" } }));
    const [low, high, burst] = ["low", "high", "burst"].map((name) => world.publish(name));
    const [sendLow, sendHigh] = [sending(low!, 90_000), sending(high!, 120_000)];
    burst!.picture(0, 100_000);
    world.pass(9_000, () => {
      sendLow();
      sendHigh();
    });
    expect(world.reasons).toEqual([]);
    world.pass(4_000, () => {
      sendLow();
      if (!high!.isClosed) sendHigh();
    });
    expect([low!.code, high!.code]).toEqual(["NetStream.Publish.Start", BAD_NAME]);
    expect(world.reasons).toEqual(["BITRATE_EXCEEDED"]);
  });

  it("that a hook has granted is stricter or makes no difference", () => {
    const granting: Policy = {
      name: "hook",
      publish: ({ key }) => ({ kind: "allow", limits: { maxBitrate: Number(key.name) } }),
    };
    const world = worldWith({ ...inAll({ publish: { maxBitrate: "100k" } }), between: granting });
    const clients = ["50000", "500000"].map((name) => world.publish(name));
    const each = clients.map((client) => sending(client, 80_000));
    world.pass(12_000, () => {
      for (const [at, send] of each.entries()) if (!clients[at]!.isClosed) send();
    });
    expect(clients.map(({ code }) => code)).toEqual([BAD_NAME, "NetStream.Publish.Start"]);
  });

  it("of all viewers together ends the last one, and lets no other in", () => {
    const world = worldWith(inAll({ play: { maxTotalBitrate: "200k" } }));
    const send = sending(world.publish("cam"), 80_000);
    const viewers = [1, 2, 3].map(() => world.play("cam"));
    world.pass(14_000, send);
    expect(viewers.map(({ code }) => code === FAILED)).toEqual([false, false, true]);
    world.pass(4_000, send);
    expect(world.reasons).toEqual(["BITRATE_EXCEEDED"]);
    const more = world.play("cam");
    world.pass(14_000, send);
    expect(more.code).toBe(FAILED);
    expect(viewers.map(({ code }) => code === FAILED)).toEqual([false, false, true]);
  });

  it("of a stream that is played may be too high for its viewer", () => {
    const world = worldWith(inAll({ play: { maxBitrate: "100k" } }));
    const send = sending(world.publish("cam"), 120_000);
    const viewer = world.play("cam");
    world.pass(13_000, send);
    expect([viewer.code, world.reasons]).toEqual([FAILED, ["BITRATE_EXCEEDED"]]);
  });
});

describe("what is published", () => {
  const avc = (client: LimitedClient) => client.media("video", 0, 0x17, 0, 0, 0, 0, 1, 100, 0, 31);
  const hevc = (client: LimitedClient) =>
    client.media("video", 0, 0x90, ...Buffer.from("hvc1"), 1, 2, ...Array(10).fill(0), 93);
  const aac = (client: LimitedClient) => client.media("audio", 0, 0xaf, 0, 0x12, 0x10);

  it.each<[object, (client: LimitedClient) => void, boolean]>([
    [{ videoCodecs: ["H264"] }, avc, true],
    [{ videoCodecs: ["h.264", "HEVC"] }, hevc, true],
    [{ videoCodecs: ["H264"] }, hevc, false],
    [{ videoCodecs: ["H264"] }, aac, true],
    [{ audioCodecs: ["Opus"] }, aac, false],
    [{ audioCodecs: [] }, aac, true],
  ])("has a codec of %j", (publish, send, isAllowed) => {
    const world = worldWith(inAll({ publish }));
    const client = world.publish("cam");
    send(client);
    world.pass(1_000);
    expect(client.code).toBe(isAllowed ? "NetStream.Publish.Start" : BAD_NAME);
    expect(world.reasons).toEqual(isAllowed ? [] : ["CODEC_DENIED"]);
  });

  it("has one of the codecs that all limits allow", () => {
    const limits = [{ streams: "live/*", publish: { videoCodecs: ["HEVC"] } }];
    const world = worldWith({ ...inAll({ publish: { videoCodecs: ["H264", "HEVC"] } }), limits });
    const client = world.publish("cam");
    avc(client);
    world.pass(1_000);
    expect(world.reasons).toEqual(["CODEC_DENIED"]);
  });

  it("may change to another codec only if that is allowed", () => {
    const world = worldWith(inAll({ publish: { videoCodecs: ["H264"] } }));
    const client = world.publish("cam");
    avc(client);
    world.pass(20_000, () => client.picture(0, 10));
    expect(world.reasons).toEqual([]);
    hevc(client);
    world.pass(2_000);
    expect(world.reasons).toEqual(["CODEC_DENIED"]);
  });

  it.each<[number, number, boolean]>([
    [1280, 720, true],
    [720, 1280, true],
    [1281, 720, false],
    [1280, 1280, false],
  ])("says that its pictures are %d x %d", (width, height, isAllowed) => {
    const world = worldWith(inAll({ publish: { maxResolution: "1280x720" } }));
    world.publish("cam").metadata({ width, height });
    world.pass(1_000);
    expect(world.reasons).toEqual(isAllowed ? [] : ["RESOLUTION_EXCEEDED"]);
  });
});

describe("the time", () => {
  it("of publications and viewings ends, with others going on", () => {
    const world = worldWith(inAll({ publish: { maxDuration: "20s" }, play: { maxDuration: "10s" } }));
    const publisher = world.publish("cam");
    const viewer = world.play("cam");
    world.pass(10_500, () => publisher.picture(0, 10));
    expect([publisher.code, viewer.code]).toEqual(["NetStream.Publish.Start", FAILED]);
    world.pass(10_500, () => publisher.isClosed || publisher.picture(0, 10));
    expect([publisher.code, viewer.isClosed]).toEqual([BAD_NAME, true]);
    expect(world.reasons).toEqual(["DURATION_EXCEEDED", "DURATION_EXCEEDED"]);
  });

  it("in which a publisher sends nothing ends", () => {
    const world = worldWith(inAll({ publish: { maxIdle: "5s" } }));
    const [busy, silent] = [world.publish("busy"), world.publish("silent")];
    world.pass(8_000, () => busy.picture(0, 10));
    expect([busy.code, silent.code]).toEqual(["NetStream.Publish.Start", BAD_NAME]);
    expect(world.reasons).toEqual(["PUBLISHER_IDLE"]);
  });
});
