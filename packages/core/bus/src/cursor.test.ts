import type { Message } from "@headgate/message";
import { describe, expect, it } from "vitest";
import { Cursor, type CursorOptions } from "./cursor.ts";
import { MIN_SEGMENT_BYTES } from "./limits.ts";
import { LogBudget } from "./log-budget.ts";
import { audioFrame, data, decodeReadable, interFrame, keyframe, RTMP } from "./messages.test.helper.ts";
import type { EntryFilter } from "./segment.ts";
import { StreamLog } from "./stream-log.ts";

const EVERYTHING: EntryFilter = { audio: true, video: true };
const NO_LIMIT = Number.POSITIVE_INFINITY;
const ANY_AGE = Number.NEGATIVE_INFINITY;

function makeLog(retentionBytes = 24 * 1024 * 1024): StreamLog {
  return new StreamLog(
    { framing: RTMP, retentionMs: 1_000_000, retentionBytes },
    new LogBudget(1024 * 1024 * 1024),
  );
}

function append(log: StreamLog, ...messages: readonly Message[]): void {
  for (const message of messages) log.append(message, 0);
}

/** Appends a keyframe at which readers can begin. */
function appendSync(log: StreamLog, frame: Message, headers: readonly Message[] = [], nowMs = 0): void {
  const position = log.append(frame, nowMs);
  log.markSyncPoint({ position, timestamp: frame.timestamp, arrivedMs: nowMs }, () => headers);
}

/** Makes the log drop everything it has had so far. */
function flood(log: StreamLog): void {
  const { head } = log;
  while (log.tail < head) append(log, interFrame(0, { mark: "flood", length: MIN_SEGMENT_BYTES / 2 }));
}

function joined(
  log: StreamLog,
  { filter = EVERYTHING, ...options }: { filter?: EntryFilter } & Partial<CursorOptions> = {},
): Cursor {
  const cursor = new Cursor(log, filter, { keyframeWaitMs: 3000, ...options });
  cursor.rejoin(ANY_AGE);
  return cursor;
}

function readAll(cursor: Cursor, maxBytes = NO_LIMIT): string[] {
  const pieces: Uint8Array[] = [];
  for (let bytes = cursor.read(maxBytes, 0); bytes; bytes = cursor.read(maxBytes, 0)) pieces.push(bytes);
  return decodeReadable(...pieces);
}

describe("cursor", () => {
  it("tells how long its next entry has waited, or the oldest that is left for one that has lagged", () => {
    const log = makeLog(2 * MIN_SEGMENT_BYTES);
    appendSync(log, keyframe(0), [], 1_000);
    log.append(interFrame(40), 1_040);
    const cursor = joined(log);
    expect(cursor.behindMs(1_500)).toBe(0);
    cursor.read(1, 1_500);
    expect(cursor.behindMs(1_500)).toBe(460);
    readAll(cursor);
    expect(cursor.behindMs(1_500)).toBe(0);
    for (let at = 2_000; log.tail === 0; at += 10)
      log.append(interFrame(at, { mark: "flood", length: 999 }), at);
    expect(cursor.lagged).toBe(true);
    const { arrivedMs } = log.segmentAt(log.tail)!.entryAt(log.tail);
    expect(cursor.behindMs(100_000)).toBe(100_000 - arrivedMs);
    cursor.leave();
    expect(cursor.behindMs(100_000)).toBe(0);
  });

  it("begins at the newest sync point, with its headers in front", () => {
    const log = makeLog();
    appendSync(log, keyframe(0), [data("old meta")]);
    append(log, interFrame(40));
    appendSync(log, keyframe(80), [data("meta")]);
    append(log, interFrame(120), audioFrame(125));
    expect(readAll(joined(log))).toEqual(["data 0 meta", "video 80 key", "video 120 inter", "audio 125 aac"]);
  });

  it("then goes on with what is appended, each message once", () => {
    const log = makeLog();
    appendSync(log, keyframe(0));
    const cursor = joined(log);
    expect(readAll(cursor)).toEqual(["video 0 key"]);
    expect(cursor.read(NO_LIMIT, 0)).toBeUndefined();
    append(log, interFrame(40));
    appendSync(log, keyframe(80), [data("meta")]);
    expect(readAll(cursor)).toEqual(["video 40 inter", "video 80 key"]);
  });

  it("has sound alone until there is a sync point", () => {
    const log = makeLog();
    append(log, interFrame(0));
    const cursor = joined(log);
    expect(cursor.read(NO_LIMIT, 0)).toBeUndefined();
    append(log, interFrame(40));
    expect(cursor.read(NO_LIMIT, 0)).toBeUndefined();
    append(log, audioFrame(45), interFrame(60), data("meta"));
    expect(readAll(cursor)).toEqual(["audio 45 aac", "data 0 meta"]);
    appendSync(log, keyframe(80));
    append(log, interFrame(120));
    expect(readAll(cursor)).toEqual(["video 80 key", "video 120 inter"]);
  });

  it("waits for the next sync point where the newest is too old", () => {
    const log = makeLog();
    appendSync(log, keyframe(0), [], 1000);
    append(log, interFrame(40));
    const cursor = new Cursor(log, EVERYTHING, { keyframeWaitMs: 3000 });
    cursor.rejoin(1001);
    expect(cursor.read(NO_LIMIT, 0)).toBeUndefined();
    append(log, interFrame(80));
    appendSync(log, keyframe(120));
    expect(readAll(cursor)).toEqual(["video 120 key"]);
  });

  it("takes a sync point that is just young enough", () => {
    const log = makeLog();
    appendSync(log, keyframe(0), [], 1000);
    const cursor = new Cursor(log, EVERYTHING, { keyframeWaitMs: 3000 });
    cursor.rejoin(1000);
    expect(readAll(cursor)).toEqual(["video 0 key"]);
  });

  it("begins, if it reads late, at the first sync point that has come since it joined", () => {
    const log = makeLog();
    appendSync(log, keyframe(0));
    append(log, interFrame(20));
    const cursor = new Cursor(log, EVERYTHING, { keyframeWaitMs: 3000 });
    cursor.rejoin(1);
    append(log, interFrame(30));
    appendSync(log, keyframe(40), [], 2);
    appendSync(log, keyframe(80), [], 2);
    expect(readAll(cursor)).toEqual(["video 40 key", "video 80 key"]);
  });

  it("begins at the newest if the log has dropped the first", () => {
    const log = makeLog(4 * MIN_SEGMENT_BYTES);
    const cursor = joined(log);
    appendSync(log, keyframe(0));
    flood(log);
    appendSync(log, keyframe(40), [data("meta")]);
    expect(readAll(cursor)).toEqual(["data 0 meta", "video 40 key"]);
  });

  it("reads across segments, a few entries at a time or all of one segment at once", () => {
    const log = makeLog();
    appendSync(log, keyframe(0));
    for (let i = 1; i <= 100; i++) append(log, interFrame(i, { length: 3000 }));
    expect(log.segmentAt(0)!.end).toBeLessThan(log.head);
    const expected = ["video 0 key", ...Array.from({ length: 100 }, (_, i) => `video ${i + 1} inter`)];
    for (const maxBytes of [1, 3000, 10_000, NO_LIMIT])
      expect(readAll(joined(log), maxBytes)).toEqual(expected);
  });

  it("shares its bytes with every other cursor at its position", () => {
    const log = makeLog();
    appendSync(log, keyframe(0), [data("meta")]);
    append(log, interFrame(40));
    const [one, other] = [joined(log), joined(log)];
    for (let i = 0; i < 2; i++) {
      const bytes = one.read(NO_LIMIT, 0);
      expect(bytes).toBeDefined();
      expect(other.read(NO_LIMIT, 0)).toBe(bytes);
    }
  });
});

describe("a cursor with a filter", () => {
  it("passes over what it does not want", () => {
    const log = makeLog();
    appendSync(log, keyframe(0), [data("meta")]);
    append(log, audioFrame(5), interFrame(40));
    const cursor = joined(log, { filter: { ...EVERYTHING, audio: false } });
    expect(readAll(cursor, 1)).toEqual(["data 0 meta", "video 0 key", "video 40 inter"]);
    append(log, audioFrame(45));
    expect(cursor.read(NO_LIMIT, 0)).toBeUndefined();
    append(log, interFrame(80));
    expect(readAll(cursor)).toEqual(["video 80 inter"]);
  });

  it("gets headers and entries for its NetStream", () => {
    const log = makeLog();
    appendSync(log, keyframe(0), [data("meta")]);
    const cursor = joined(log, { netStreamId: 7 });
    expect(readAll(cursor)).toEqual(["data 0 meta on 7", "video 0 key on 7"]);
  });

  it("can change it in mid-stream", () => {
    const log = makeLog();
    appendSync(log, keyframe(0));
    const cursor = joined(log);
    readAll(cursor);
    append(log, audioFrame(5), interFrame(40));
    cursor.refilter({ ...EVERYTHING, video: false });
    expect(readAll(cursor)).toEqual(["audio 5 aac"]);
  });
});

describe("a cursor that stands still", () => {
  it("has lagged as soon as the log has dropped what it would read next, and not before", () => {
    const log = makeLog(4 * MIN_SEGMENT_BYTES);
    appendSync(log, keyframe(0));
    const cursor = joined(log);
    expect(cursor.lagged).toBe(false);
    readAll(cursor);
    const position = log.head;
    while (log.tail <= position) {
      expect(cursor.lagged).toBe(false);
      append(log, interFrame(1, { length: 10_000 }));
    }
    expect(cursor.lagged).toBe(true);
  });

  it("has not lagged while it waits for a sync point: it stands nowhere", () => {
    const log = makeLog(2 * MIN_SEGMENT_BYTES);
    append(log, interFrame(0));
    const cursor = joined(log);
    flood(log);
    expect(cursor.lagged).toBe(false);
  });

  it("goes on at the newest sync point after a jump, headers in front", () => {
    const log = makeLog(4 * MIN_SEGMENT_BYTES);
    appendSync(log, keyframe(0), [data("meta")]);
    const cursor = joined(log);
    readAll(cursor);
    flood(log);
    appendSync(log, keyframe(1000), [data("new meta")]);
    cursor.rejoin(ANY_AGE);
    expect(cursor.lagged).toBe(false);
    expect(readAll(cursor)).toEqual(["data 0 new meta", "video 1000 key"]);
  });

  it("waits after a jump if the newest sync point has been dropped too", () => {
    const log = makeLog(2 * MIN_SEGMENT_BYTES);
    appendSync(log, keyframe(0));
    const cursor = joined(log);
    cursor.read(1, 0);
    append(log, interFrame(40));
    flood(log);
    expect(cursor.lagged).toBe(true);
    cursor.rejoin(ANY_AGE);
    expect(cursor.read(NO_LIMIT, 0)).toBeUndefined();
    appendSync(log, keyframe(1000));
    expect(readAll(cursor)).toEqual(["video 1000 key"]);
  });

  it("drops headers it had not yet read when it jumps", () => {
    const log = makeLog();
    appendSync(log, keyframe(0), [data("meta")]);
    const cursor = joined(log);
    cursor.read(1, 0);
    appendSync(log, keyframe(40));
    cursor.rejoin(ANY_AGE);
    expect(readAll(cursor)).toEqual(["video 40 key"]);
  });
});

describe("a cursor with a duration", () => {
  it("ends before the first entry that is so much later than the one it began with", () => {
    const log = makeLog();
    appendSync(log, keyframe(1000), [data("meta")]);
    const cursor = joined(log, { durationMs: 100 });
    append(log, interFrame(1040), audioFrame(1099));
    expect(readAll(cursor)).toEqual(["data 0 meta", "video 1000 key", "video 1040 inter", "audio 1099 aac"]);
    expect(cursor.finished).toBe(false);
    append(log, audioFrame(1100), interFrame(1080));
    expect(cursor.read(NO_LIMIT, 0)).toBeUndefined();
    expect(cursor.finished).toBe(true);
  });

  it("of 0 reads a single frame", () => {
    const log = makeLog();
    appendSync(log, keyframe(1000), [data("meta")]);
    append(log, interFrame(1040));
    const cursor = joined(log, { durationMs: 0 });
    expect(readAll(cursor)).toEqual(["data 0 meta", "video 1000 key"]);
    expect(cursor.finished).toBe(true);
  });

  it("counts on from where it first began when it has jumped", () => {
    const log = makeLog();
    appendSync(log, keyframe(0));
    const cursor = joined(log, { durationMs: 100 });
    readAll(cursor);
    appendSync(log, keyframe(60));
    cursor.rejoin(ANY_AGE);
    append(log, interFrame(90), interFrame(120));
    expect(readAll(cursor)).toEqual(["video 60 key", "video 90 inter"]);
    expect(cursor.finished).toBe(true);
  });

  it("ends in time where the timestamps wrap", () => {
    const log = makeLog();
    appendSync(log, keyframe(0xffff_fff0));
    append(log, interFrame(0x10), interFrame(0x60));
    const cursor = joined(log, { durationMs: 100 });
    expect(readAll(cursor)).toEqual([`video ${0xffff_fff0} key`, "video 16 inter"]);
    expect(cursor.finished).toBe(true);
  });

  it("reads a few entries at a time like all at once", () => {
    const log = makeLog();
    appendSync(log, keyframe(0));
    for (let i = 1; i <= 50; i++) append(log, interFrame(i, { length: 3000 }));
    const cursor = joined(log, { durationMs: 40 });
    expect(readAll(cursor, 5000).length).toBe(40);
    expect(cursor.finished).toBe(true);
  });

  it.each([2 ** 31 - 1, 2 ** 31, 2 ** 32, 1e300, Number.POSITIVE_INFINITY])(
    "of %d ms reads to the end, since no timestamp is so much later",
    (durationMs) => {
      const log = makeLog();
      appendSync(log, keyframe(0));
      append(log, interFrame(40), audioFrame(0xffff_fff0));
      const cursor = joined(log, { durationMs });
      expect(readAll(cursor)).toEqual(["video 0 key", "video 40 inter", `audio ${0xffff_fff0} aac`]);
      expect(cursor.finished).toBe(false);
    },
  );
});
