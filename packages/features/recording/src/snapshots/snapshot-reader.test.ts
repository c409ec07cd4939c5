import type { MessageCursor, StreamKey } from "@headgate/bus";
import type { Flushable, Subscription } from "@headgate/gateway";
import { type Message, MessageType } from "@headgate/message";
import { NO_FAULTS } from "@headgate/testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SnapshotReader } from "./snapshot-reader.ts";

const KEY = { virtualHost: "", application: "live", name: "cam" } as StreamKey;
const HEADER = "17000000000142c00bffe100186742c00bd90141fb011000000300100000030140f142a48001000568cb83cb20";

interface FakeEntry {
  readonly message: Message;
  readonly isHeader?: boolean;
  readonly isSync?: boolean;
}

const video = (hex: string): Message => ({
  type: MessageType.video,
  timestamp: 5_000,
  messageStreamId: 1,
  payload: Buffer.from(hex, "hex"),
});

let entries: FakeEntry[];
let reader: Flushable;
const leave = vi.fn();

function begin(): SnapshotReader {
  const playback = { next: () => entries.shift() } as unknown as MessageCursor;
  const read = (_: unknown, flushable: Flushable) => {
    reader = flushable;
    return { playback, leave, wake: () => {} } as unknown as Subscription<MessageCursor>;
  };
  return new SnapshotReader({ gateway: { read }, faults: NO_FAULTS, now: () => 0 }, KEY, "a");
}

beforeEach(() => {
  vi.useFakeTimers();
  leave.mockClear();
  entries = [];
});

afterEach(() => {
  vi.useRealTimers();
});

test("the first keyframe is the picture, and the stream is left", async () => {
  const { snapshot } = begin();
  entries = [
    { message: video(HEADER), isHeader: true },
    { message: { ...video("af01"), type: MessageType.audio }, isSync: true },
  ];
  reader.flush();
  expect(leave).not.toHaveBeenCalled();
  entries = [{ message: video("170100000000000004650102"), isSync: true }];
  reader.flush();
  expect(leave).toHaveBeenCalledOnce();
  expect(Buffer.from((await snapshot) as Uint8Array).toString("latin1", 4, 8)).toBe("ftyp");
});

test("without one in time there is none, nor of a codec that MP4 does not hold", async () => {
  const late = begin();
  vi.advanceTimersByTime(5_000);
  expect(await late.snapshot).toBe("SNAPSHOT_UNAVAILABLE");
  expect(leave).toHaveBeenCalledOnce();
  const sorenson = begin();
  entries = [{ message: video("12000102"), isSync: true }];
  reader.flush();
  expect(await sorenson.snapshot).toBe("SNAPSHOT_UNAVAILABLE");
});

test("a stream that cannot be read is refused", async () => {
  const read = () => "WAITING_STREAMS_EXCEEDED" as const;
  const { snapshot } = new SnapshotReader({ gateway: { read }, faults: NO_FAULTS, now: () => 0 }, KEY, "a");
  expect(await snapshot).toBe("WAITING_STREAMS_EXCEEDED");
});
