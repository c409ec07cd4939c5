import { type Message, MessageType } from "@headgate/message";
import { beforeEach, describe, expect, it } from "vitest";
import { MIN_SEGMENT_BYTES } from "./limits.ts";
import { MessageCursor } from "./message-cursor.ts";
import {
  audioConfig,
  audioFrame,
  CHUNK_SIZE,
  data,
  interFrame,
  keyframe,
  makeStream,
  readable,
  videoConfig,
} from "./messages.test.helper.ts";
import type { Publisher } from "./stream.ts";

const HEADERS = [data("meta"), videoConfig(), audioConfig()];

let nowMs: number;

beforeEach(() => {
  nowMs = 0;
});

function send(publisher: Publisher, ...messages: readonly Message[]): void {
  for (const each of messages) {
    if (each.type === MessageType.dataAmf0) publisher.data(each, "onMetaData", nowMs);
    else publisher.media(each, nowMs);
  }
}

/** What there is to read: messages, and what each is beside that. */
function read(cursor: MessageCursor): string[] {
  const entries: string[] = [];
  for (let entry = cursor.next(nowMs); entry; entry = cursor.next(nowMs)) {
    const { message, isHeader, isSync } = entry;
    entries.push(`${readable(message)}${isHeader ? " (header)" : ""}${isSync ? " (sync)" : ""}`);
  }
  return entries;
}

describe("a message cursor", () => {
  it("begins at the newest keyframe, with metadata and configurations in front", () => {
    const stream = makeStream();
    const publisher = stream.publish();
    send(publisher, ...HEADERS, keyframe(0), interFrame(40), keyframe(80), audioFrame(85));
    const cursor = new MessageCursor(stream, nowMs);
    expect(read(cursor)).toEqual([
      "data 0 meta (header)",
      "video 80 avcC (header)",
      "audio 80 asc (header)",
      "video 80 key (sync)",
      "audio 85 aac",
    ]);
    send(publisher, interFrame(120), data("new meta", 130));
    expect(read(cursor)).toEqual(["video 120 inter", "data 0 new meta (header)"]);
  });

  it("has sound alone until there is a keyframe, like a viewer, and waits no longer than one", () => {
    const stream = makeStream({ keyframeWaitMs: 3000 });
    const publisher = stream.publish();
    const cursor = new MessageCursor(stream, nowMs);
    send(publisher, videoConfig(), audioFrame(0), interFrame(5));
    expect(read(cursor)).toEqual(["video 0 avcC (header)", "audio 0 aac"]);
    nowMs = 2999;
    send(publisher, interFrame(2999), audioFrame(2999));
    expect(read(cursor)).toEqual(["audio 2999 aac"]);
    nowMs = 3000;
    send(publisher, interFrame(3000));
    expect(read(cursor)).toEqual(["video 3000 inter"]);
  });

  it("says when each message has arrived", () => {
    const stream = makeStream();
    const publisher = stream.publish();
    for (nowMs of [100, 140, 25_000]) send(publisher, videoConfig(`${nowMs}`), keyframe(nowMs));
    nowMs = 25_040;
    send(publisher, interFrame(25_040));
    const cursor = new MessageCursor(stream, nowMs);
    expect([1, 2, 3].map(() => cursor.next(nowMs)?.arrivedMs)).toEqual([25_000, 25_000, 25_040]);
  });

  it("has views of the log where a message is one chunk", () => {
    const stream = makeStream();
    send(stream.publish(), keyframe(0), interFrame(40), interFrame(80, { length: 2 * CHUNK_SIZE }));
    const cursor = new MessageCursor(stream, nowMs);
    const buffers = [1, 2, 3].map(() => cursor.next(nowMs)!.message.payload.buffer);
    expect(buffers[1]).toBe(buffers[0]);
    expect(buffers[2]).not.toBe(buffers[0]);
  });

  it("is one of the stream's readers until it leaves", () => {
    const stream = makeStream();
    const cursor = new MessageCursor(stream, nowMs);
    expect([...stream.viewers]).toEqual([cursor]);
    cursor.leave();
    expect(stream.viewers.size).toBe(0);
  });
});

describe("a message cursor that falls off the log", () => {
  /** Publishes until the log has dropped all it has. */
  function flood(publisher: Publisher): void {
    const log = publisher.stream.log();
    const { head } = log;
    while (log.tail <= head) send(publisher, interFrame(1, { length: MIN_SEGMENT_BYTES / 2 }));
  }

  it.each(["jump", "drop"] as const)(
    "is counted and skips to the newest keyframe, also where viewers %s",
    (lagPolicy) => {
      const stream = makeStream({ retentionBytes: 4 * MIN_SEGMENT_BYTES, lagPolicy });
      const publisher = stream.publish();
      const cursor = new MessageCursor(stream, nowMs);
      send(publisher, ...HEADERS, keyframe(0));
      expect(read(cursor)).toHaveLength(4);
      flood(publisher);
      send(publisher, keyframe(1000), interFrame(1040));
      expect(read(cursor).map((entry) => entry.split(" ").slice(0, 3).join(" "))).toEqual([
        "data 0 meta",
        "video 1000 avcC",
        "audio 1000 asc",
        "video 1000 key",
        "video 1040 inter",
      ]);
      expect([cursor.lagCount, stream.lagCount]).toEqual([1, 1]);
    },
  );

  it("leaves out the headers it had not read", () => {
    const stream = makeStream({ retentionBytes: 4 * MIN_SEGMENT_BYTES });
    const publisher = stream.publish();
    const cursor = new MessageCursor(stream, nowMs);
    send(publisher, ...HEADERS, keyframe(0));
    expect(readable(cursor.next(nowMs)!.message)).toBe("data 0 meta");
    flood(publisher);
    expect(read(cursor)).toEqual([]);
    send(publisher, videoConfig("new"), keyframe(1000));
    expect(read(cursor).at(0)).toBe("data 0 meta (header)");
    expect(cursor.lagCount).toBe(1);
  });
});
