import { type AmfValue, decodeAmf0Values } from "@headgate/amf";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RecordedRequest, RecordingOf } from "./play-source.ts";
import { ALLOW, deny, type PlayAttempt, type Verdict } from "./policy.ts";
import { TestRecordings } from "./recording.test.helper.ts";
import type { TestClient } from "./test-client.test.helper.ts";
import { TestGateway, useVirtualTime } from "./test-gateway.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

const REFUSED = deny("NetStream.Play.Failed", "RECORDING_NOT_FOUND");
const INFO = { startedMs: 1_000, endedMs: undefined, durationMs: 61_500 };

/** A gateway with the recording `live/film`, the recorded stream `live/cam`, and a policy about `play`. */
function worldWith(play: (attempt: PlayAttempt) => Verdict, recordingOf: RecordingOf = INFO) {
  const world = new TestGateway();
  const recordings = new TestRecordings({ "live/film": 4000 });
  const requests: RecordedRequest[] = [];
  const source = {
    find: (...[key, request]: Parameters<TestRecordings["find"]>) => {
      requests.push(request);
      return recordings.find(key, request);
    },
    durationMs: recordings.durationMs.bind(recordings),
    recordingOf: async ({ path }: { readonly path: string }) =>
      path === "live/cam" ? recordingOf : undefined,
  };
  world.gateway.addPlaySource(source);
  const given: string[] = [];
  world.gateway.addPolicy({
    name: "test",
    play: (attempt) => {
      attempt.reservations.add(() => given.push(attempt.key.path));
      return play(attempt);
    },
  });
  return { world, given, requests };
}

async function ask(world: TestGateway, player: TestClient, call: string, name: string): Promise<AmfValue> {
  player.command(0, call, 7, null, name);
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
  world.settle();
  return player.commands.findLast(([command, id]) => command === "_result" && id === 7)?.[3];
}

describe("getStreamLength", () => {
  it("asks the policies as play does, and gives back what they set aside", async () => {
    const { world, given } = worldWith(() => ALLOW);
    expect(await ask(world, world.connect(), "getStreamLength", "film")).toBe(4);
    expect(given).toEqual(["live/film"]);
  });

  it("is 0 for a player that may not play, and does not ask about what is not recorded", async () => {
    const { world, given } = worldWith(() => REFUSED);
    const player = world.connect();
    expect(await ask(world, player, "getStreamLength", "film")).toBe(0);
    expect(await ask(world, player, "getStreamLength", "none")).toBe(0);
    expect(given).toEqual(["live/film"]);
  });

  it("is that of the recording that a policy has named", async () => {
    const { world } = worldWith((attempt) => ({ kind: "allow", key: attempt.keyOf("film") as never }), INFO);
    expect(await ask(world, world.connect(), "getStreamLength", "film")).toBe(4);
  });
});

describe("DVRGetStreamInfo", () => {
  it("tells what was recorded, as DVRCast did", async () => {
    const { world } = worldWith(() => ALLOW);
    const answer = (await ask(world, world.connect(), "DVRGetStreamInfo", "cam")) as Record<string, AmfValue>;
    expect(answer.code).toBe("NetStream.DVRStreamInfo.Success");
    const { callTime, stopRec, startRec, ...facts } = answer.data as Record<string, AmfValue>;
    expect(startRec).toMatchObject({ timeMs: 1000 });
    expect(stopRec).toEqual(callTime);
    expect(facts).toEqual({
      ...{ streamName: "cam", maxLen: 0, begOffset: 0, endOffset: 0 },
      ...{ append: false, offline: false, currLen: 61.5, isRec: true },
    });
  });

  it("tells to ask again, that there is nothing, and nothing to whom may not play", async () => {
    const { world } = worldWith(() => ALLOW, "soon");
    expect(await ask(world, world.connect(), "DVRGetStreamInfo", "cam")).toEqual({
      code: "NetStream.DVRStreamInfo.Retry",
      data: { retry: 3 },
    });
    const failed = { code: "NetStream.DVRStreamInfo.Failed", data: null };
    expect(await ask(world, world.connect(), "DVRGetStreamInfo", "other")).toEqual(failed);
    const refused = worldWith(() => REFUSED).world;
    expect(await ask(refused, refused.connect(), "DVRGetStreamInfo", "cam")).toEqual(failed);
  });

  it("has the player begin in the past where it asks for 0, and other players not", async () => {
    const { world, requests } = worldWith(() => ALLOW);
    const [player, other] = [world.connect(), world.connect()];
    await ask(world, player, "DVRGetStreamInfo", "cam");
    for (const client of [player, other]) {
      client.command(0, "createStream", 2, null);
      client.command(1, "play", 0, null, "cam", 0);
    }
    expect(requests).toEqual([
      { start: 0, format: undefined, wantsPast: true },
      { start: 0, format: undefined },
    ]);
  });
});

describe("DVRSubscribe", () => {
  it("is answered by a call and by a reply, and DVRUnsubscribe by a reply", () => {
    const { world } = worldWith(() => ALLOW);
    const player = world.connect();
    player.command(0, "DVRSubscribe", 5, null, "cam");
    player.command(0, "DVRUnsubscribe", 6, null, "cam");
    const told = player.messages.slice(-3).map(({ payload }) => decodeAmf0Values(payload));
    expect(told).toMatchObject([
      ["onDVRSubscribe", 0, null, { code: "NetStream.Play.Start" }],
      ["_result", 5, null, undefined],
      ["_result", 6, null, undefined],
    ]);
  });
});
