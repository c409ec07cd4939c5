import type { Playback, PlaybackNotice } from "@headgate/bus";
import { defaultsOf } from "@headgate/config";
import { NO_FAULTS } from "@headgate/testkit";
import { memoryLinkPair } from "@headgate/transport";
import { pino } from "pino";
import { describe, expect, it, vi } from "vitest";
import { DRIVER_LIMITS, DRIVER_TIMEOUTS } from "./config.ts";
import { connectionLimits } from "./connection-limits.ts";
import { InputMemory } from "./input-memory.ts";
import { ReusedBuffer } from "./reused-buffer.ts";
import { RtmpPeer } from "./rtmp-peer.ts";
import { Sweep } from "./sweep.ts";
import { Turns } from "./turns.ts";

function connected() {
  const limits = defaultsOf(DRIVER_LIMITS);
  const timeouts = defaultsOf(DRIVER_TIMEOUTS);
  const memory = { isShort: false };
  const context = {
    options: { limits, timeouts },
    inputMemory: new InputMemory(1_000_000),
    faults: NO_FAULTS,
    turns: new Turns(NO_FAULTS),
    sweep: new Sweep(() => 0, NO_FAULTS),
    isShortOfMemory: () => memory.isShort,
    now: () => 0,
    connectionOptions: {
      random: (length: number) => new Uint8Array(length),
      chunkSize: 4096,
      ackWindow: 1_000_000,
      rtmpe: false,
      timeouts,
      limits: connectionLimits(limits),
    },
    encrypted: new ReusedBuffer(),
    holdOutput: () => () => {},
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
  return { peer, pair, memory };
}

/** Has these bytes and notices to send, and notes what is asked of it. */
function viewerWith(...outputs: (number | PlaybackNotice)[]) {
  const asked: number[] = [];
  const unpin = vi.fn();
  const next = (maxBytes: number): Uint8Array | PlaybackNotice | undefined => {
    asked.push(maxBytes);
    const output = outputs.shift();
    return typeof output === "number" ? new Uint8Array(output) : output;
  };
  const lend = vi.fn();
  const viewer = { next, lend, pin: () => unpin } as unknown as Playback<Uint8Array>;
  return { viewer, asked, unpin, lend };
}

describe("sending a viewer's stream", () => {
  it("goes on until there is no more, and returns the bytes", () => {
    const { peer, pair } = connected();
    expect(peer.send(viewerWith(100, 200).viewer, 10_000, 0)).toBe(300);
    expect(pair.near.bytesSent).toBe(300);
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

  it("ends when the Link is full, and keeps the last bytes pinned until there is room", () => {
    const { peer, pair } = connected();
    const { viewer, unpin } = viewerWith(2000, 100);
    expect(peer.send(viewer, 10_000, 0)).toBe(2000);
    expect(unpin).not.toHaveBeenCalled();
    while (pair.deliver());
    expect(unpin).toHaveBeenCalledOnce();
    expect(peer.send(viewer, 10_000, 0)).toBe(100);
  });

  it("unpins the last bytes when the peer is gone", () => {
    const { peer } = connected();
    const { viewer, unpin } = viewerWith(2000);
    peer.send(viewer, 10_000, 0);
    peer.abandon("test");
    expect(unpin).toHaveBeenCalledOnce();
  });

  it("asks for small pieces while memory is short", () => {
    const { peer, memory } = connected();
    const { viewer, asked } = viewerWith();
    peer.send(viewer, 10_000, 0);
    memory.isShort = true;
    peer.send(viewer, 10_000, 0);
    expect(asked).toEqual([256 * 1024, 16 * 1024]);
  });
});
