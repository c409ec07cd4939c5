import type { MemoryPressure, Playback, PlaybackNotice } from "@headgate/bus";
import { defaultsOf } from "@headgate/config";
import { NO_FAULTS } from "@headgate/testkit";
import { memoryLinkPair } from "@headgate/transport";
import { pino } from "pino";
import { describe, expect, it, vi } from "vitest";
import { DRIVER_LIMITS, DRIVER_TIMEOUTS } from "./config.ts";
import { connectionLimits } from "./connection-limits.ts";
import { InputMemory } from "./input-memory.ts";
import { ReadRounds } from "./read-rounds.ts";
import { ReusedBuffer } from "./reused-buffer.ts";
import { RtmpPeer } from "./rtmp-peer.ts";
import { Sweep } from "./sweep.ts";
import { Turns } from "./turns.ts";

function connected() {
  const limits = defaultsOf(DRIVER_LIMITS);
  const timeouts = defaultsOf(DRIVER_TIMEOUTS);
  const memory: { pressure: MemoryPressure } = { pressure: "none" };
  const clock = { nowMs: 0 };
  const context = {
    options: { limits, timeouts },
    inputMemory: new InputMemory(1_000_000),
    faults: NO_FAULTS,
    turns: new Turns(NO_FAULTS),
    readRounds: new ReadRounds(() => 0, NO_FAULTS),
    sweep: new Sweep(() => 0, NO_FAULTS),
    memoryPressure: () => memory.pressure,
    now: () => clock.nowMs,
    connectionOptions: {
      random: (length: number) => new Uint8Array(length),
      chunkSize: 4096,
      ackWindow: 1_000_000,
      rtmpe: false,
      timeouts,
      limits: connectionLimits(limits),
    },
    encrypted: new ReusedBuffer(),
    holdOutput: () => pinned(),
    traffic: { receivedBytes: 0, sentBytes: 0 },
  };
  const owner = {
    log: pino({ level: "silent" }),
    onEvent: () => {},
    onWritable: () => {},
    onEnding: () => {},
    onGone: () => {},
  };
  const pair = memoryLinkPair({ capacity: 1000 });
  pair.far.open({ onBytes: () => {}, onWritable: () => {}, onClosed: () => {} });
  const peer = new RtmpPeer(context, pair.near, owner, false);
  peer.start();
  return { peer, pair, memory, clock };
}

/** Memory that a log has still or, if it `isDropped`, has no more. */
function pinned(isDropped = false) {
  return { isDropped, unpin: vi.fn() };
}

/** Has these bytes and notices to send, and notes what is asked of it. */
function viewerWith(...outputs: (number | PlaybackNotice)[]) {
  const asked: number[] = [];
  const memory = pinned();
  const lend = vi.fn();
  const viewer = {
    effort: 0,
    next(maxBytes: number): Uint8Array | PlaybackNotice | undefined {
      asked.push(maxBytes);
      const output = outputs.shift();
      if (typeof output !== "number") return output;
      // Entries that are left out cost something, too.
      viewer.effort = Math.max(output, LEAST_EFFORT);
      return new Uint8Array(output);
    },
    lend,
    pin: () => memory,
  };
  return { viewer: viewer as unknown as Playback<Uint8Array>, asked, memory, unpin: memory.unpin, lend };
}

const LEAST_EFFORT = 10;

describe("sending a viewer's stream", () => {
  it("goes on until there is no more, and returns the effort", () => {
    const { peer, pair } = connected();
    expect(peer.send(viewerWith(100, 200).viewer, 10_000, 0)).toBe(300);
    expect(pair.near.bytesSent).toBe(300);
    expect(peer.traffic.sentBytes).toBe(300);
  });

  it("keeps the memory of bytes that have not left at once, and no others", () => {
    const { peer, pair } = connected();
    const { viewer, lend } = viewerWith(100, 200);
    vi.spyOn(pair.near, "write").mockReturnValueOnce(true).mockReturnValueOnce(false);
    peer.send(viewer, 150, 0);
    expect(lend).toHaveBeenCalledTimes(1);
  });

  it("ends at the limit of bytes, and at a notice, which is returned", () => {
    const { peer } = connected();
    const { viewer } = viewerWith(100, 100, "unpublished", 100);
    expect(peer.send(viewer, 150, 0)).toBe(200);
    expect(peer.send(viewer, 150, 0)).toBe("unpublished");
    expect(peer.send(viewer, 150, 0)).toBe(100);
  });

  it("counts what the player does not want, and writes nothing for it", () => {
    const { peer, pair } = connected();
    const write = vi.spyOn(pair.near, "write");
    const { viewer, asked } = viewerWith(0, 0, 0);
    expect(peer.send(viewer, 2 * LEAST_EFFORT, 0)).toBe(2 * LEAST_EFFORT);
    expect([asked.length, write.mock.calls.length]).toEqual([2, 0]);
  });

  it("ends when the Link is full, and keeps the last bytes pinned until there is room", () => {
    const { peer, pair } = connected();
    const { viewer, unpin } = viewerWith(2000, 100);
    expect(peer.send(viewer, 10_000, 0)).toBe(2000);
    expect(unpin).not.toHaveBeenCalled();
    while (pair.deliver());
    expect(unpin).toHaveBeenCalledOnce();
    expect(peer.send(viewer, 10_000, 0)).toBe(100);
  });

  it("keeps bytes pinned that wait although there is room, until they are taken", () => {
    const { peer, pair } = connected();
    const { viewer, unpin } = viewerWith(100);
    peer.send(viewer, 10_000, 0);
    peer.sweep(0);
    expect(unpin).not.toHaveBeenCalled();
    while (pair.deliver());
    peer.sweep(0);
    expect(unpin).toHaveBeenCalledOnce();
  });

  it("unpins the last bytes when the peer is gone", () => {
    const { peer, pair } = connected();
    const { viewer, unpin } = viewerWith(2000);
    peer.send(viewer, 10_000, 0);
    peer.abandon("test");
    while (pair.deliver());
    expect(unpin).toHaveBeenCalledOnce();
  });

  it.each<[MemoryPressure, number]>([
    ["high", 5_000],
    ["extreme", 1_000],
  ])("ends a peer that holds memory which no log has, while memory is short: %s", (pressure, patienceMs) => {
    const { peer, memory, clock } = connected();
    const { viewer, memory: held } = viewerWith(100);
    peer.send(viewer, 10_000, 0);
    memory.pressure = pressure;
    clock.nowMs = patienceMs;
    peer.sweep(patienceMs);
    expect(peer.isEnding).toBe(false);
    held.isDropped = true;
    peer.sweep(patienceMs - 1);
    expect(peer.isEnding).toBe(false);
    peer.sweep(patienceMs);
    expect(peer.isEnding).toBe(true);
  });

  it("asks for small pieces while memory is short", () => {
    const { peer, memory } = connected();
    const { viewer, asked } = viewerWith();
    peer.send(viewer, 10_000, 0);
    memory.pressure = "high";
    peer.send(viewer, 10_000, 0);
    expect(asked).toEqual([256 * 1024, 16 * 1024]);
  });
});
