import type { Playback } from "@headgate/bus";
import { UserControlType, userControl } from "@headgate/message";
import type { NetStream } from "@headgate/session";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { answerPlayer } from "./answer-player.ts";
import { TestGateway, useVirtualTime } from "./test-gateway.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

describe("the player of a live stream", () => {
  it("cannot seek, and plays on", () => {
    const world = new TestGateway();
    const [publisher, viewer] = [world.publisher(), world.viewer()];
    publisher.media("key", 0);
    viewer.take();
    viewer.command(1, "seek", 0, null, 5000);
    publisher.media("inter", 40);
    expect(viewer.take()).toEqual(["NetStream.Seek.Failed on 1", "inter 40 on 1"]);
  });

  it("cannot seek a thousand times, and plays on", () => {
    const world = new TestGateway();
    const [publisher, viewer] = [world.publisher(), world.viewer()];
    publisher.media("key", 0);
    viewer.take();
    viewer.pair.far.pause();
    for (let i = 0; i < 1000; i += 1) viewer.command(1, "seek", 0, null, i);
    publisher.media("inter", 40);
    viewer.pair.far.resume();
    world.settle();
    const heard = viewer.take();
    expect(heard.filter((told) => told === "NetStream.Seek.Failed on 1")).toHaveLength(1000);
    expect(heard).toContain("inter 40 on 1");
    expect(world.gateway.faults.total).toBe(0);
  });

  it("is paused, told so, and goes on live", () => {
    const world = new TestGateway();
    const [publisher, viewer] = [world.publisher(), world.viewer()];
    publisher.media("key", 0);
    viewer.take();
    viewer.command(1, "pause", 0, null, true, 0);
    publisher.media("key", 40);
    expect(viewer.take()).toEqual(["NetStream.Pause.Notify on 1"]);
    viewer.command(1, "pause", 0, null, false, 0);
    expect(viewer.take()).toEqual(["NetStream.Unpause.Notify on 1", "key 40 on 1"]);
  });

  it("may buffer what it likes: the stream comes as it comes", () => {
    const world = new TestGateway();
    const [publisher, viewer] = [world.publisher(), world.viewer()];
    viewer.take();
    for (const bufferLengthMs of [0, 3000, 36_000_000])
      viewer.send(userControl({ event: UserControlType.setBufferLength, value: 1, bufferLengthMs }), 2);
    publisher.media("key", 0);
    expect(viewer.take()).toEqual(["key 0 on 1"]);
  });

  it("of another NetStream is not meant", () => {
    const world = new TestGateway();
    const [publisher, viewer] = [world.publisher(), world.viewer()];
    viewer.command(0, "createStream", 3, null);
    viewer.take();
    viewer.command(2, "pause", 0, null, true, 0);
    viewer.command(2, "seek", 0, null, 5000);
    publisher.media("key", 0);
    expect(viewer.take()).toEqual(["NetStream.Seek.Failed on 2", "key 0 on 1"]);
  });
});

describe("the player of what can be sought", () => {
  /** A playback that takes note of what is asked of it, and seeks to the second before. */
  function recorded() {
    const asked: unknown[] = [];
    const note =
      (name: string) =>
      (...args: unknown[]) =>
        void asked.push([name, ...args]);
    const playback: Playback<Uint8Array> = {
      lend: () => {},
      effort: 0,
      lagCount: 0,
      copiedEntries: 0,
      behindMs: () => 0,
      bufferLengthMs: undefined,
      next: () => undefined,
      nextDueMs: 0,
      played: undefined,
      pin: () => ({ isDropped: false, unpin: () => {} }),
      pause: note("pause"),
      seek: (positionMs) => Math.floor(positionMs / 1000) * 1000,
      receive: note("receive"),
      bufferLength: note("bufferLength"),
      leave: () => {},
    };
    const answer =
      (name: string) =>
      (...args: unknown[]) =>
        void asked.push([`answer ${name}`, ...args]);
    const netStream = {
      acceptSeek: answer("seek"),
      acceptPause: answer("pause"),
      acceptReceive: answer("receive"),
    } as unknown as NetStream;
    return { asked, playback, netStream };
  }

  it("is told where it goes on, and after the playback has done what it wants", () => {
    const { asked, playback, netStream } = recorded();
    const at = { netStreamId: 1, positionMs: 5400 };
    answerPlayer({ kind: "seekRequested", ...at }, playback, netStream, 7);
    answerPlayer({ kind: "pauseRequested", ...at, paused: true }, playback, netStream, 8);
    const receive = { kind: "receiveRequested", netStreamId: 1, media: "audio", enabled: false } as const;
    answerPlayer(receive, playback, netStream, 9);
    answerPlayer({ kind: "bufferLengthChanged", netStreamId: 1, lengthMs: 3000 }, playback, netStream, 10);
    expect(asked).toEqual([
      ["answer seek", 5000],
      ["pause", true, 8, 5400],
      ["answer pause", true],
      ["receive", "audio", false, 9],
      ["answer receive", "audio", false],
      ["bufferLength", 3000],
    ]);
  });
});
