import { type Message, MessageType } from "@headgate/message";
import { describe, expect, it, vi } from "vitest";
import { MAX_SEGMENT_BYTES, MIN_SEGMENT_BYTES, SEGMENT_SPAN_MS } from "./limits.ts";
import { LogBudget } from "./log-budget.ts";
import { data, decodeReadable, interFrame, keyframe, message, RTMP } from "./messages.test.helper.ts";
import { type LogReader, StreamLog, type StreamLogOptions } from "./stream-log.ts";

const MIB = 1024 * 1024;

/** Has read nothing yet, and so keeps a log from dropping what its retention allows. */
class SlowReader implements LogReader {
  readonly neededFrom = 0;
}

/** With a slow reader. */
function makeLog(options: Partial<StreamLogOptions> = {}, budget = new LogBudget(1024 * MIB)): StreamLog {
  const all = { framing: RTMP, retentionMs: 20_000, retentionBytes: 24 * MIB, ...options };
  const log = new StreamLog(all, budget);
  log.join(new SlowReader());
  return log;
}

/** With as many readers as a segment of any length is worth it for. */
function makeBusyLog(options: Partial<StreamLogOptions> = {}, budget?: LogBudget): StreamLog {
  const log = makeLog(options, budget);
  const readers = MAX_SEGMENT_BYTES / MIN_SEGMENT_BYTES;
  for (let more = 1; more < readers; more++) log.join(new SlowReader());
  return log;
}

/** Appends frames of 10,000 bytes; returns their positions. */
function appendFrames(log: StreamLog, count: number, { fromMs = 0, everyMs = 0 } = {}): number[] {
  return Array.from({ length: count }, (_, i) => {
    const frame = interFrame(i, { mark: `frame${i}`, length: 10_000 });
    return log.append(frame, fromMs + i * everyMs);
  });
}

/** Everything in the log from a position on, read segment by segment. */
function readAll(log: StreamLog, from: number): string[] {
  const pieces: Uint8Array[] = [];
  let position = from;
  for (let segment = log.segmentAt(position); segment; segment = log.segmentAt(position)) {
    pieces.push(segment.slice(position, Number.POSITIVE_INFINITY));
    position = segment.end;
  }
  return decodeReadable(...pieces);
}

/** The capacities of the log's segments, oldest first. */
function capacities(log: StreamLog): number[] {
  const found: number[] = [];
  let position = log.tail;
  for (let segment = log.segmentAt(position); segment; segment = log.segmentAt(position)) {
    found.push(segment.capacity);
    position = segment.end;
  }
  return found;
}

describe("stream log", () => {
  it("has nothing at first, and takes no memory for it", () => {
    const log = makeLog();
    expect([log.tail, log.head, log.bytes]).toEqual([0, 0, 0]);
    expect(log.segmentAt(0)).toBeUndefined();
    expect(log.syncPoint).toBeUndefined();
  });

  it("counts positions on from segment to segment without a gap", () => {
    const log = makeLog();
    const entryLength = RTMP.entryLength(interFrame(0, { length: 10_000 }));
    const positions = appendFrames(log, 50);
    expect(positions).toEqual(Array.from({ length: 50 }, (_, i) => i * entryLength));
    expect(log.head).toBe(50 * entryLength);
    expect(capacities(log).length).toBeGreaterThan(1);
    expect(readAll(log, 0)).toEqual(positions.map((_, i) => `video ${i} frame${i}`));
  });

  it("finds the segment of any position, and none at the head", () => {
    const log = makeLog();
    for (const position of appendFrames(log, 50)) {
      const segment = log.segmentAt(position)!;
      expect(position).toBeGreaterThanOrEqual(segment.base);
      expect(position).toBeLessThan(segment.end);
    }
    expect(log.segmentAt(log.head)).toBeUndefined();
  });

  it("takes a message longer than any segment in one of its own", () => {
    const log = makeLog();
    log.append(keyframe(0, { mark: "small" }), 0);
    log.append(keyframe(1, { mark: "large", length: 3 * MIB }), 0);
    log.append(keyframe(2, { mark: "next" }), 0);
    expect(readAll(log, 0)).toEqual(["video 0 small", "video 1 large", "video 2 next"]);
    expect(capacities(log)[1]).toBe(RTMP.entryLength(keyframe(1, { length: 3 * MIB })));
    expect(Math.max(capacities(log)[0]!, capacities(log)[2]!)).toBeLessThanOrEqual(MAX_SEGMENT_BYTES);
  });
});

describe("a log's segments", () => {
  it("double for a thick stream, up to the limit", () => {
    const log = makeBusyLog();
    appendFrames(log, 500);
    const sizes = [1, 2, 4, 4, 4, 4].map((times) => times * MIN_SEGMENT_BYTES);
    expect(capacities(log).slice(0, 6)).toEqual(sizes);
    expect(MAX_SEGMENT_BYTES).toBe(sizes[5]);
  });

  it.each([
    [1, [1, 1, 1, 1]],
    [2, [1, 2, 2, 2]],
    [3, [1, 2, 3, 3]],
  ])("are no larger than is worth it for %d readers", (readers, sizes) => {
    const log = makeLog();
    for (let more = 1; more < readers; more++) log.join(new SlowReader());
    appendFrames(log, 100);
    expect(capacities(log).slice(0, 4)).toEqual(sizes.map((times) => times * MIN_SEGMENT_BYTES));
  });

  it("are small again when readers have left", () => {
    const log = makeLog();
    const readers = Array.from({ length: 3 }, () => new SlowReader());
    for (const reader of readers) log.join(reader);
    appendFrames(log, 100);
    expect(capacities(log).at(-1)).toBe(4 * MIN_SEGMENT_BYTES);
    for (const reader of readers) log.leave(reader);
    appendFrames(log, 50);
    expect(capacities(log).at(-1)).toBe(MIN_SEGMENT_BYTES);
  });

  it("stay small for a thin one", () => {
    const log = makeBusyLog();
    appendFrames(log, 60, { everyMs: SEGMENT_SPAN_MS / 5 });
    expect(new Set(capacities(log))).toEqual(new Set([MIN_SEGMENT_BYTES]));
  });

  it("stop growing when one lasts longer than the span", () => {
    const log = makeBusyLog();
    appendFrames(log, 40);
    const grown = capacities(log).at(-1)!;
    appendFrames(log, 60, { fromMs: 2 * SEGMENT_SPAN_MS, everyMs: SEGMENT_SPAN_MS / 5 });
    expect(capacities(log).at(-1)).toBe(grown);
  });

  it("are small while the process is short of memory", () => {
    const log = makeBusyLog({}, new LogBudget(5 * MIN_SEGMENT_BYTES));
    appendFrames(log, 500);
    expect(capacities(log).at(-1)).toBe(MIN_SEGMENT_BYTES);
  });
});

describe("a log's retention", () => {
  it("drops the oldest segments once they are too many bytes", () => {
    const log = makeLog({ retentionBytes: MIB });
    const positions = appendFrames(log, 1000);
    expect(log.bytes).toBeLessThanOrEqual(MIB);
    expect(log.bytes).toBe(capacities(log).reduce((sum, capacity) => sum + capacity));
    expect(log.tail).toBeGreaterThan(0);
    expect(positions).toContain(log.tail);
    const kept = readAll(log, log.tail);
    expect(kept).toEqual(
      Array.from(
        { length: kept.length },
        (_, i) => `video ${1000 - kept.length + i} frame${1000 - kept.length + i}`,
      ),
    );
  });

  it.each([256, 512, 1024, 2048])(
    "of %d KiB is kept to, and never drops most of it at once",
    (retentionKib) => {
      const retentionBytes = retentionKib * 1024;
      const log = makeBusyLog({ retentionBytes });
      appendFrames(log, 500);
      for (let i = 0; i < 500; i++) {
        appendFrames(log, 1);
        expect(log.bytes).toBeLessThanOrEqual(retentionBytes);
        expect(log.head - log.tail).toBeGreaterThan(retentionBytes / 2);
      }
    },
  );

  it("drops segments whose newest entry is too old", () => {
    const log = makeLog({ retentionMs: 2000 });
    const positions = appendFrames(log, 200, { everyMs: 100 });
    const oldestKept = positions.indexOf(log.tail);
    expect(oldestKept).toBeGreaterThan(150);
    expect(199 - oldestKept).toBeGreaterThanOrEqual(20);
  });

  it("keeps what is being written, even if that alone is too much", () => {
    const log = makeLog({ retentionBytes: 1000, retentionMs: 0 });
    log.append(keyframe(0, { mark: "large", length: 3 * MIB }), 0);
    expect(readAll(log, log.tail)).toEqual(["video 0 large"]);
  });

  it("does not touch bytes that a write in flight may still point to", () => {
    const log = makeLog({ retentionBytes: 2 * MIN_SEGMENT_BYTES });
    const [first] = appendFrames(log, 1) as [number];
    const segment = log.segmentAt(first)!;
    const slice = segment.slice(first, 100_000);
    segment.lend();
    const before = slice.slice();
    appendFrames(log, 500);
    expect(log.tail).toBeGreaterThan(first);
    expect(slice).toEqual(before);
  });
});

describe("a log's sync point", () => {
  const mark = (log: StreamLog, frame: Message, headers: readonly Message[]) =>
    log.markSyncPoint(
      { position: log.append(frame, 5), timestamp: frame.timestamp, arrivedMs: 5 },
      () => headers,
    );

  it("is the newest one", () => {
    const log = makeLog();
    mark(log, keyframe(0), []);
    mark(log, keyframe(40), []);
    expect(log.syncPoint).toMatchObject({ timestamp: 40, arrivedMs: 5, position: expect.any(Number) });
    expect(readAll(log, log.syncPoint!.position)).toEqual(["video 40 key"]);
  });

  it("is gone with the segment it lies in", () => {
    const log = makeLog({ retentionBytes: 4 * MIN_SEGMENT_BYTES });
    mark(log, keyframe(0), []);
    const { position } = log.syncPoint!;
    while (log.tail <= position) {
      expect(log.syncPoint?.position).toBe(position);
      appendFrames(log, 1);
    }
    expect(log.syncPoint).toBeUndefined();
  });

  it("can be cleared", () => {
    const log = makeLog();
    mark(log, keyframe(0), []);
    log.clearSyncPoint();
    expect(log.syncPoint).toBeUndefined();
  });

  it("has configurations at its own time and metadata at 0, encoded once for everybody", () => {
    const log = makeLog();
    mark(log, keyframe(1_234_567), [data("meta"), keyframe(3, { mark: "header" })]);
    const headers = log.syncPoint!.headers!;
    expect(decodeReadable(headers.slice(0, 10_000))).toEqual(["data 0 meta", "video 1234567 header"]);
    expect(log.syncPoint!.headers).toBe(headers);
  });

  it("has no bytes of headers where there are none", () => {
    const log = makeLog();
    mark(log, keyframe(0), []);
    expect(log.syncPoint!.headers!.used).toBe(0);
  });

  it("waits for room for its headers, unless they are modest", () => {
    const budget = new LogBudget(4 * MIB);
    const log = makeLog({}, budget);
    const large = message(MessageType.dataAmf0, 0, [], { mark: "large", length: 100_000 });
    mark(log, keyframe(0), [large]);
    const pinned = log.hold(MIB);
    expect(log.syncPoint!.headers).toBeUndefined();
    pinned.unpin();
    expect(log.syncPoint!.headers!.used).toBeGreaterThan(100_000);
    log.hold(MIB);
    mark(log, keyframe(40), [data("modest")]);
    expect(log.syncPoint!.headers!.used).toBeGreaterThan(0);
  });
});

describe("a log's beginning without a sync point", () => {
  const HEADERS = [message(MessageType.dataAmf0, 0, [], { mark: "large", length: 100_000 })];
  const HISTORY = { knownFrom: (number: number) => number, at: () => HEADERS };

  it("has headers that all who begin there share, and that count as memory until there is another", () => {
    const budget = new LogBudget(4 * MIB);
    const log = new StreamLog(
      { framing: RTMP, retentionMs: 20_000, retentionBytes: 24 * MIB },
      budget,
      HISTORY,
    );
    log.append(interFrame(0), 0);
    const second = log.append(interFrame(40), 0);
    const beside = () => budget.bytes - log.bytes;
    const { headers } = log.beginning(0)!;
    expect(headers!.used).toBeGreaterThan(100_000);
    expect(log.beginning(0)!.headers).toBe(headers);
    expect(beside()).toBe(headers!.capacity);
    const pinned = headers!.pin();
    const { headers: others } = log.beginning(second)!;
    expect(others).not.toBe(headers);
    expect(beside()).toBe(2 * headers!.capacity);
    pinned.unpin();
    expect(beside()).toBe(headers!.capacity);
    log.markSyncPoint({ position: second, timestamp: 40, arrivedMs: 0 }, () => []);
    expect(beside()).toBe(0);
  });

  it("is found behind any number of headers, and at no header", () => {
    const log = makeLog();
    for (let i = 0; i < 3 * 4096; i++) log.append(data("header"), 0, true);
    expect(log.beginning(0)).toBeUndefined();
    const position = log.append(interFrame(40), 0);
    for (let i = 0; i < 4096; i++) log.append(data("header"), 0, true);
    expect(log.beginning(0)).toMatchObject({ position });
    expect(log.beginning(position + 1)).toBeUndefined();
  });
});

describe("log budget", () => {
  it("counts what all logs hold together", () => {
    const budget = new LogBudget(100 * MIB);
    const logs = [makeLog({}, budget), makeLog({}, budget), makeLog({}, budget)];
    for (const [index, log] of logs.entries()) appendFrames(log, 20 * (index + 1));
    expect(budget.bytes).toBe(logs.reduce((sum, { bytes }) => sum + bytes, 0));
  });

  it("is kept at every moment, whichever logs write", () => {
    const max = 2 * MIB;
    const budget = new LogBudget(max);
    const logs = Array.from({ length: 8 }, () => makeLog({}, budget));
    for (let round = 0; round < 100; round++) {
      for (const [index, log] of logs.entries()) {
        appendFrames(log, index + 1);
        expect(budget.bytes).toBeLessThanOrEqual(max);
      }
    }
    expect(budget.bytes).toBe(logs.reduce((sum, { bytes }) => sum + bytes, 0));
  });

  it("takes from the log that has the most to give", () => {
    const budget = new LogBudget(2 * MIB);
    const large = makeLog({}, budget);
    const small = makeLog({}, budget);
    appendFrames(small, 6);
    appendFrames(large, 110);
    expect(large.tail).toBe(0);
    for (let i = 0; i < 100 && large.tail === 0; i++) appendFrames(small, 1);
    expect(large.tail).toBeGreaterThan(0);
    expect(small.tail).toBe(0);
  });

  it("leaves each log the segment it writes to, even if that is too much in all", () => {
    const budget = new LogBudget(2 * MIN_SEGMENT_BYTES);
    const logs = Array.from({ length: 4 }, () => makeLog({}, budget));
    for (const log of logs) appendFrames(log, 100);
    for (const log of logs) expect(capacities(log)).toEqual([MIN_SEGMENT_BYTES]);
    expect(budget.bytes).toBe(4 * MIN_SEGMENT_BYTES);
  });

  it("takes the segment that a log writes to where one message has made it large, and positions run on", () => {
    const budget = new LogBudget(2 * MIB);
    const logs = Array.from({ length: 8 }, () => makeLog({}, budget));
    for (const log of logs) log.append(keyframe(0, { length: MIB }), 0);
    expect(budget.bytes).toBeLessThanOrEqual(2 * MIB);
    const [first] = logs;
    const { head } = first!;
    expect([first!.bytes, first!.tail, head]).toEqual([0, head, expect.any(Number)]);
    expect(head).toBeGreaterThan(MIB);
    expect(first!.append(interFrame(1, { mark: "next" }), 0)).toBe(head);
    expect(readAll(first!, head)).toEqual(["video 1 next"]);
  });

  it("counts a segment that was dropped as long as bytes of it are on their way", () => {
    const budget = new LogBudget(MIB);
    const log = makeLog({ retentionBytes: 4 * MIN_SEGMENT_BYTES }, budget);
    appendFrames(log, 1);
    const pinned = [log.segmentAt(0)!.pin(), log.segmentAt(0)!.pin()];
    appendFrames(log, 100);
    expect(log.tail).toBeGreaterThan(0);
    expect(budget.bytes).toBe(log.bytes + MIN_SEGMENT_BYTES);
    pinned[0]!.unpin();
    expect(budget.bytes).toBe(log.bytes + MIN_SEGMENT_BYTES);
    log.close();
    expect(budget.bytes).toBe(MIN_SEGMENT_BYTES);
    pinned[1]!.unpin();
    expect(budget.bytes).toBe(0);
  });

  it("says when what cannot be dropped takes more than its share", () => {
    const budget = new LogBudget(4 * MIN_SEGMENT_BYTES);
    const log = makeLog({}, budget);
    appendFrames(log, 1);
    const pinned = log.segmentAt(0)!.pin();
    expect(budget.pressure).toBe("none");
    log.close();
    expect(budget.pressure).toBe("none");
    const held = log.hold(1);
    expect(budget.pressure).toBe("high");
    held.unpin();
    pinned.unpin();
    expect([budget.pressure, budget.bytes]).toEqual(["none", 0]);
  });

  it("gets everything back from a log that is closed, and asks nothing more of it", () => {
    const budget = new LogBudget(MIB);
    const closed = makeLog({}, budget);
    const open = makeLog({}, budget);
    appendFrames(closed, 60);
    const leave = vi.spyOn(budget, "leave");
    closed.close();
    expect(leave).toHaveBeenCalledWith(closed);
    expect(budget.bytes).toBe(0);
    appendFrames(open, 500);
    expect(budget.bytes).toBe(open.bytes);
    open.close();
    expect(budget.bytes).toBe(0);
  });
});
