import { decodeAmf0Values } from "@headgate/amf";
import { MessageType, readUserControl, UserControlType } from "@headgate/message";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { FoundPast } from "./play-source.ts";
import { TestRecording } from "./recording.test.helper.ts";
import type { TestClient } from "./test-client.test.helper.ts";
import { TestGateway, useVirtualTime } from "./test-gateway.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

const CONTROLS = new Map(Object.entries(UserControlType).map(([name, event]) => [event as number, name]));

/** The first four seconds of the stream have been recorded, and it is live at ten. */
const RECORDED_MS = 4000;
const LIVE_MS = 10_000;

interface Options {
  /** What becomes of an answer before it is given. */
  readonly onFound?: (found: FoundPast) => FoundPast | Promise<FoundPast>;
}

/** A player of the live stream `live/cam`, and what was opened of its past. */
function watching({ onFound = async (found) => found }: Options = {}) {
  const world = new TestGateway();
  const opened: TestRecording[] = [];
  const asked: number[] = [];
  world.gateway.addPlaySource({
    find: () => undefined,
    past: (_, positionMs, beyond) => {
      asked.push(positionMs);
      if (positionMs > RECORDED_MS && beyond === "live") return onFound("live");
      const messages = new TestRecording(RECORDED_MS);
      opened.push(messages);
      return onFound({ messages, firstMs: 0 });
    },
  });
  const publisher = world.publisher();
  publisher.media("avcC", LIVE_MS);
  publisher.media("key", LIVE_MS);
  const player = world.viewer();
  world.pass(100);
  told(player);
  return { world, publisher, player, opened, asked };
}

const heard = new WeakMap<TestClient, number>();

/** What the player was told since the last time it was asked: statuses, user control, media. */
function told(player: TestClient): string[] {
  const from = heard.get(player) ?? 0;
  heard.set(player, player.messages.length);
  return player.messages.slice(from).flatMap(({ type, timestamp, payload }) => {
    if (type === MessageType.userControl) {
      const { event = -1 } = readUserControl(payload) ?? {};
      return event === UserControlType.pingRequest ? [] : [CONTROLS.get(event) ?? "?"];
    }
    if (type === MessageType.commandAmf0) {
      const [name, , , info] = decodeAmf0Values(payload);
      return name === "onStatus" ? [String((info as { code?: string }).code)] : [];
    }
    if (type === MessageType.audio) return [`${payload[1] === 0 ? "asc" : "aac"} ${timestamp}`];
    if (type !== MessageType.video) return [];
    return [`${payload[1] === 0 ? "avcC" : payload[0] === 0x17 ? "key" : "inter"} ${timestamp}`];
  });
}

async function answered(world: TestGateway): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  world.settle();
}

async function seek(world: TestGateway, player: TestClient, positionMs: number): Promise<string[]> {
  player.command(1, "seek", 0, null, positionMs);
  await answered(world);
  return told(player);
}

async function pause(
  world: TestGateway,
  player: TestClient,
  isPaused: boolean,
  positionMs: number,
): Promise<string[]> {
  player.command(1, "pause", 0, null, isPaused, positionMs);
  await answered(world);
  return told(player);
}

const TO_PAST = [
  "streamEof",
  "streamIsRecorded",
  "streamBegin",
  "NetStream.Seek.Notify",
  "NetStream.Play.Start",
];
const TO_LIVE = ["streamEof", "streamBegin", "NetStream.Seek.Notify", "NetStream.Play.Start"];

describe("the player of a live stream that is recorded", () => {
  it("seeks back to the keyframe at or before, in the time of the stream", async () => {
    const { world, player } = watching();
    const lines = await seek(world, player, 2700);
    expect(lines.slice(0, 8)).toEqual([...TO_PAST, "avcC 2000", "asc 2000", "key 2000"]);
    world.pass(1000);
    expect([...lines, ...told(player)]).toContain("aac 3000");
  });

  it("gets nothing of what is live meanwhile, and all of it when it has returned", async () => {
    const { world, player, publisher, opened } = watching();
    await seek(world, player, 0);
    publisher.media("key", 11_000);
    world.pass(100);
    expect(told(player).filter((line) => line.endsWith(" 11000"))).toEqual([]);
    expect(await seek(world, player, 11_500)).toEqual([...TO_LIVE, "avcC 11000", "key 11000"]);
    publisher.media("inter", 11_040);
    world.pass(100);
    expect(told(player)).toEqual(["inter 11040"]);
    expect(opened.map(({ closed }) => closed)).toEqual([1]);
  });

  it("seeks from one position of the past to another, and gives the first back", async () => {
    const { world, player, opened } = watching();
    await seek(world, player, 3000);
    expect((await seek(world, player, 1000)).slice(0, 8)).toEqual([
      ...TO_PAST,
      "avcC 1000",
      "asc 1000",
      "key 1000",
    ]);
    expect(opened.map(({ closed }) => closed)).toEqual([1, 0]);
    player.pair.far.destroy();
    world.settle();
    expect(opened.map(({ closed }) => closed)).toEqual([1, 1]);
  });

  it("sees one picture while it is paused, and goes on from it", async () => {
    const { world, player } = watching();
    expect(await pause(world, player, true, LIVE_MS)).toEqual(["NetStream.Pause.Notify"]);
    expect(await seek(world, player, 1200)).toEqual([...TO_PAST, "avcC 1000", "asc 1000", "key 1000"]);
    world.pass(2000);
    expect(told(player)).toEqual([]);
    const lines = await pause(world, player, false, 1000);
    expect(lines.slice(0, 3)).toEqual(["streamIsRecorded", "streamBegin", "NetStream.Unpause.Notify"]);
    expect(lines).toContain("inter 1500");
    expect(lines).not.toContain("key 1000");
  });

  it("goes on after a pause from where it is, once that was recorded", async () => {
    const { world, player, publisher, asked } = watching({
      onFound: async () => ({ messages: new TestRecording(60_000), firstMs: 0 }),
    });
    await pause(world, player, true, 9_900);
    publisher.media("key", 15_000);
    world.pass(5000);
    const lines = await pause(world, player, false, 9_900);
    expect(asked).toEqual([9_900]);
    expect(lines.slice(0, 6)).toEqual([
      "streamIsRecorded",
      "streamBegin",
      "NetStream.Unpause.Notify",
      "avcC 9000",
      "asc 9000",
      "key 10000",
    ]);
  });

  it("that counts otherwise than the stream goes on from where the stream was when it paused", async () => {
    const { world, player, publisher, asked } = watching();
    publisher.media("key", 10 * LIVE_MS);
    await pause(world, player, true, 0);
    await pause(world, player, false, 0);
    expect(asked).toEqual([10 * LIVE_MS]);
  });

  it("goes on at the newest keyframe after a pause so short that nothing of it was recorded", async () => {
    const { world, player, publisher } = watching();
    await pause(world, player, true, LIVE_MS);
    publisher.media("key", 11_000);
    expect(await pause(world, player, false, LIVE_MS)).toEqual([
      "NetStream.Unpause.Notify",
      "avcC 11000",
      "key 11000",
    ]);
  });

  it("is told that the recording has ended, and may seek back in it", async () => {
    const { world, player } = watching();
    const lines = await seek(world, player, 3000);
    world.pass(5000);
    expect([...lines, ...told(player)].slice(-2)).toEqual(["NetStream.Play.Stop", "streamEof"]);
    expect((await seek(world, player, 0)).slice(0, 5)).toEqual(TO_PAST);
  });

  it("wants no sound of the past either, if it wanted none", async () => {
    const { world, player } = watching();
    player.command(1, "receiveAudio", 0, null, false);
    told(player);
    const lines = await seek(world, player, 2000);
    world.pass(1000);
    expect([...lines, ...told(player)].filter((line) => line.startsWith("aac"))).toEqual([]);
  });

  it("keeps the stream wanted", async () => {
    const { world, player } = watching();
    await seek(world, player, 0);
    expect(world.gateway.streams.get("live/cam")?.viewers.size).toBe(1);
    player.command(1, "closeStream", 0, null);
    expect(world.gateway.streams.get("live/cam")?.viewers.size).toBe(0);
  });

  it("that leaves while its past is looked for leaves nothing open", async () => {
    const { world, player, opened } = watching();
    player.command(1, "seek", 0, null, 1000);
    player.command(1, "closeStream", 0, null);
    await answered(world);
    expect(opened.map(({ closed }) => closed)).toEqual([1]);
    expect(told(player)).not.toContain("NetStream.Seek.Notify");
  });

  it("is refused the seek, and plays on, where nothing is found in time or at all", async () => {
    const { world, player, publisher } = watching({ onFound: () => new Promise(() => {}) });
    player.command(1, "seek", 0, null, 1000);
    world.pass(30_000);
    expect(told(player)).toEqual(["NetStream.Seek.Failed"]);
    publisher.media("key", 12_000);
    world.pass(100);
    expect(told(player)).toContain("key 12000");
    const none = watching({ onFound: () => undefined });
    expect(await seek(none.world, none.player, 1000)).toEqual(["NetStream.Seek.Failed"]);
  });
});
