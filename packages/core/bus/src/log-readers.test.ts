import type { Message } from "@headgate/message";
import { describe, expect, it } from "vitest";
import { Cursor } from "./cursor.ts";
import { MIN_SEGMENT_BYTES } from "./limits.ts";
import { LivePlayback } from "./live-playback.ts";
import { LogBudget } from "./log-budget.ts";
import { MessageCursor } from "./message-cursor.ts";
import { data, interFrame, keyframe, makeStream, RTMP, videoConfig } from "./messages.test.helper.ts";
import type { Publisher, Stream } from "./stream.ts";
import { StreamLog } from "./stream-log.ts";

const MIB = 1024 * 1024;
const NO_LIMIT = Number.POSITIVE_INFINITY;
const ANY_AGE = Number.NEGATIVE_INFINITY;

function makeLog(retentionBytes = 24 * MIB): StreamLog {
  return new StreamLog({ framing: RTMP, retentionMs: 1_000_000, retentionBytes }, new LogBudget(1024 * MIB));
}

function append(log: StreamLog, frame: Message, nowMs = 0): number {
  return log.append(frame, nowMs);
}

/** Appends frames of 10,000 bytes; returns the position of the first. */
function appendFrames(log: StreamLog, count: number): number {
  const { head } = log;
  for (let i = 0; i < count; i++) append(log, interFrame(i, { length: 10_000 }));
  return head;
}

/** Appends a keyframe at which readers can begin; returns its position. */
function appendSync(log: StreamLog, nowMs = 0, headers: readonly Message[] = []): number {
  const position = append(log, keyframe(nowMs, { length: 10_000 }), nowMs);
  log.markSyncPoint({ position, timestamp: nowMs, arrivedMs: nowMs }, () => headers);
  return position;
}

/** Where the segment begins that has this position. */
function pieceOf(log: StreamLog, position: number): number {
  return log.segmentAt(position)!.base;
}

/** Whether the log has nothing but the segment that is being written. */
function hasOneSegment(log: StreamLog): boolean {
  return log.segmentAt(log.tail)!.end === log.head;
}

describe("what a log keeps", () => {
  it("where nobody reads is what comes from the newest sync point on", () => {
    const log = makeLog();
    appendFrames(log, 50);
    const first = appendSync(log);
    appendFrames(log, 50);
    expect(log.tail).toBe(pieceOf(log, first));
    const second = appendSync(log);
    appendFrames(log, 50);
    expect(log.tail).toBe(pieceOf(log, second));
  });

  it("where nobody reads and nobody can begin is the segment that is being written", () => {
    const log = makeLog();
    for (let i = 0; i < 100; i++) {
      appendFrames(log, 1);
      expect(hasOneSegment(log)).toBe(true);
    }
    appendSync(log);
    appendFrames(log, 50);
    expect(hasOneSegment(log)).toBe(false);
    log.clearSyncPoint();
    appendFrames(log, 50);
    expect(hasOneSegment(log)).toBe(true);
  });

  it("is what its slowest reader needs, for as long as it does", () => {
    const log = makeLog();
    const [slow, fast] = [{ neededFrom: 0 }, { neededFrom: NO_LIMIT }];
    for (const reader of [fast, slow]) log.join(reader);
    appendFrames(log, 100);
    expect(log.tail).toBe(0);
    slow.neededFrom = appendFrames(log, 100);
    expect(log.tail).toBe(0);
    appendFrames(log, 100);
    expect(log.tail).toBe(pieceOf(log, slow.neededFrom));
    log.leave(slow);
    appendFrames(log, 100);
    expect(hasOneSegment(log)).toBe(true);
  });

  it("is also what is on its way to a viewer, as far as its retention goes", () => {
    const log = makeLog(4 * MIN_SEGMENT_BYTES);
    appendFrames(log, 1);
    const pinned = log.segmentAt(0)!.pin();
    appendFrames(log, 20);
    expect(log.tail).toBe(0);
    pinned.unpin();
    appendFrames(log, 20);
    expect(hasOneSegment(log)).toBe(true);
    const { tail } = log;
    log.segmentAt(tail)!.pin();
    appendFrames(log, 40);
    expect(log.tail).toBeGreaterThan(tail);
  });

  it("is asked of all readers only when the one that was slowest is not in the way", () => {
    const log = makeLog();
    let asked = 0;
    const makeReader = (position: number) => ({
      position,
      get neededFrom() {
        asked += 1;
        return this.position;
      },
    });
    const slow = makeReader(0);
    log.join(slow);
    for (let i = 0; i < 1000; i++) log.join(makeReader(NO_LIMIT));
    appendFrames(log, 20);
    const atFirst = asked;
    appendFrames(log, 500);
    expect(asked - atFirst).toBeLessThan(500);
    slow.position = log.head;
    appendFrames(log, 200);
    expect(log.tail).toBeGreaterThan(0);
    expect(asked - atFirst).toBeLessThan(5000);
  });

  it.each([
    [0, 400_000],
    [1, 400_000],
    [100, 600_000],
  ])(
    "of 1 Mb/s with keyframes 2 s apart, for %d readers that follow it, is below %d bytes",
    (count, most) => {
      const log = makeLog();
      const readers = Array.from({ length: count }, () => ({ neededFrom: 0 }));
      for (const reader of readers) log.join(reader);
      for (let ms = 0; ms < 20_000; ms += 40) {
        if (ms % 2000 === 0) appendSync(log, ms);
        else append(log, interFrame(ms, { length: 4900 }), ms);
        expect(log.bytes).toBeLessThan(most);
        for (const reader of readers) reader.neededFrom = log.head;
      }
    },
  );
});

describe("what a cursor needs of its log", () => {
  const everything = { audio: true, video: true };

  function joined(log: StreamLog): Cursor {
    const cursor = new Cursor(log, everything, { keyframeWaitMs: 3000 });
    cursor.rejoin(ANY_AGE);
    return cursor;
  }

  function readAll(cursor: Cursor): void {
    while (cursor.read(NO_LIMIT, 0));
  }

  it("is all from the place on where it began to wait", () => {
    const log = makeLog();
    appendFrames(log, 1);
    const sync = appendSync(log);
    const cursor = joined(log);
    appendFrames(log, 1);
    expect(cursor.neededFrom).toBe(sync);
    cursor.rejoin(1);
    expect(cursor.neededFrom).toBe(appendFrames(log, 1));
  });

  it("is what it has not read", () => {
    const log = makeLog();
    const first = appendSync(log, 0, [data("meta")]);
    const second = appendFrames(log, 1);
    const cursor = joined(log);
    cursor.read(1, 0);
    expect(cursor.neededFrom).toBe(first);
    cursor.read(1, 0);
    expect(cursor.neededFrom).toBe(second);
    readAll(cursor);
    expect(cursor.neededFrom).toBe(log.head);
  });

  it("is nothing once it has lagged, until it rejoins", () => {
    const log = makeLog(4 * MIN_SEGMENT_BYTES);
    appendSync(log);
    const cursor = joined(log);
    readAll(cursor);
    appendFrames(log, 50);
    expect([cursor.lagged, cursor.neededFrom]).toEqual([true, NO_LIMIT]);
    cursor.rejoin(ANY_AGE);
    expect(cursor.neededFrom).toBe(log.head);
  });

  it("is kept until it has read it or leaves", () => {
    const log = makeLog();
    const [reading, leaving] = [joined(log), joined(log)];
    appendSync(log);
    appendFrames(log, 50);
    appendSync(log);
    appendFrames(log, 50);
    expect(log.tail).toBe(0);
    readAll(reading);
    appendFrames(log, 50);
    expect(log.tail).toBe(0);
    leaving.leave();
    appendFrames(log, 50);
    expect(log.tail).toBe(pieceOf(log, log.syncPoint!.position));
  });
});

function watch(stream: Stream, durationMs?: number): LivePlayback {
  return new LivePlayback(stream, { messageStreamId: 1, durationMs }, 0);
}

describe("the log of a stream keeps nothing for", () => {
  const little = 2 * MIN_SEGMENT_BYTES;

  /** How much the log holds once much has been published after what `prepare` has done. */
  function heldAfter(prepare: (stream: Stream, publisher: Publisher) => void, stream = makeStream()): number {
    const publisher = stream.publish();
    publisher.media(videoConfig(), 0);
    publisher.media(keyframe(0), 0);
    prepare(stream, publisher);
    for (let i = 1; i <= 200; i++) publisher.media(keyframe(i, { length: 10_000 }), i);
    return stream.log().bytes;
  }

  it.each<[string, (viewer: LivePlayback) => void]>([
    ["a viewer that has paused", (viewer) => viewer.pause(true, 0)],
    [
      "a viewer that wants pictures again while it has paused",
      (viewer) => {
        viewer.pause(true, 0);
        viewer.receive("video", false, 0);
        viewer.receive("video", true, 0);
      },
    ],
    ["a viewer that has left", (viewer) => viewer.leave()],
    [
      "a viewer that has left before its pause ends",
      (viewer) => {
        viewer.pause(true, 0);
        viewer.leave();
        viewer.pause(false, 0);
      },
    ],
  ])("%s", (_, act) => {
    expect(heldAfter((stream) => act(watch(stream)))).toBeLessThanOrEqual(little);
  });

  it("a viewer that has got the duration it asked for", () => {
    const held = heldAfter((stream, publisher) => {
      const viewer = watch(stream, 0);
      publisher.media(keyframe(1), 0);
      while (viewer.next(NO_LIMIT, 0) !== "complete");
    });
    expect(held).toBeLessThanOrEqual(little);
  });

  it("a viewer that was dropped, nor for one that has lagged and reads no more", () => {
    const stream = makeStream({ retentionBytes: 4 * MIN_SEGMENT_BYTES, lagPolicy: "drop" });
    const held = heldAfter((_, publisher) => {
      const [dropped, stalled] = [watch(stream), watch(stream)];
      for (const viewer of [dropped, stalled]) viewer.next(NO_LIMIT, 0);
      for (let i = 0; i < 50; i++) publisher.media(interFrame(i, { length: 10_000 }), 0);
      expect(dropped.next(NO_LIMIT, 0)).toBe("dropped");
      stalled.pin();
    }, stream);
    expect(held).toBeLessThanOrEqual(little);
  });

  it("a message cursor that has left", () => {
    expect(heldAfter((stream) => new MessageCursor(stream, 0).leave())).toBeLessThanOrEqual(little);
  });

  it.each<[string, (stream: Stream) => LivePlayback | MessageCursor]>([
    ["a viewer", watch],
    ["a message cursor", (stream) => new MessageCursor(stream, 0)],
  ])("anyone else: %s that reads late misses nothing", (_, join) => {
    const readers: (LivePlayback | MessageCursor)[] = [];
    expect(heldAfter((stream) => readers.push(join(stream)))).toBeGreaterThan(2_000_000);
    let reads = 0;
    for (const reader of readers) while (reader.next(1, 0)) reads += 1;
    expect(reads).toBeGreaterThan(200);
  });
});
