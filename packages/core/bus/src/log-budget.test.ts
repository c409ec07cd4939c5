import { describe, expect, it } from "vitest";
import { MAX_SPARE_BYTES, MIN_SEGMENT_BYTES } from "./limits.ts";
import { LogBudget } from "./log-budget.ts";
import { interFrame, RTMP } from "./messages.test.helper.ts";
import { SegmentMemory } from "./segment-memory.ts";
import { StreamLog } from "./stream-log.ts";

function makeLog(budget: LogBudget): StreamLog {
  return new StreamLog({ framing: RTMP, retentionMs: 20_000, retentionBytes: 2 ** 30 }, budget);
}

function appendFrames(log: StreamLog, count: number): void {
  for (let i = 0; i < count; i++) log.append(interFrame(i, { length: 10_000 }), i);
}

/** Takes all spare memory there is. */
function spareOf(budget: LogBudget, known: ReadonlySet<SegmentMemory>): SegmentMemory[] {
  const found: SegmentMemory[] = [];
  for (let memory = budget.memoryFor(MIN_SEGMENT_BYTES); known.has(memory); ) {
    found.push(memory);
    memory = budget.memoryFor(MIN_SEGMENT_BYTES);
  }
  return found;
}

/** A budget that knows which memory it has ever given to logs. */
class WatchedBudget extends LogBudget {
  readonly given = new Set<SegmentMemory>();

  override memoryFor(capacity: number): SegmentMemory {
    const memory = super.memoryFor(capacity);
    this.given.add(memory);
    return memory;
  }
}

describe("the memory of segments", () => {
  it("is used again by logs that nobody reads", () => {
    const budget = new WatchedBudget(2 ** 30);
    const logs = [makeLog(budget), makeLog(budget)];
    for (let round = 0; round < 100; round++) for (const log of logs) appendFrames(log, 10);
    expect(budget.given.size).toBeLessThanOrEqual(2 * logs.length);
  });

  it("is used again after it was read", () => {
    const budget = new WatchedBudget(2 ** 30);
    const log = makeLog(budget);
    for (let round = 0; round < 50; round++) {
      appendFrames(log, 3);
      log.segmentAt(log.tail)!.slice(log.tail, 1);
    }
    expect(budget.given.size).toBeLessThanOrEqual(2);
  });

  it("is not used again after it was lent", () => {
    const budget = new WatchedBudget(2 ** 30);
    const log = makeLog(budget);
    const read: { readonly slice: Uint8Array; readonly copy: Uint8Array }[] = [];
    for (let round = 0; round < 50; round++) {
      appendFrames(log, 3);
      const segment = log.segmentAt(log.tail)!;
      segment.lend();
      const slice = segment.slice(log.tail, 1);
      read.push({ slice, copy: slice.slice() });
    }
    for (const { slice, copy } of read) expect(slice).toEqual(copy);
  });

  it("begins anew in its next segment", () => {
    const budget = new LogBudget(2 ** 30);
    const memory = budget.memoryFor(MIN_SEGMENT_BYTES);
    memory.index.add(0, 1, 2, 3);
    budget.spare(memory);
    expect(budget.memoryFor(MIN_SEGMENT_BYTES)).toBe(memory);
    expect(memory.index.length).toBe(0);
  });

  it("is kept for later up to a limit, for segments of the same length", () => {
    const budget = new LogBudget(2 ** 30);
    const most = MAX_SPARE_BYTES / MIN_SEGMENT_BYTES;
    const memories = Array.from({ length: 2 * most }, () => new SegmentMemory(MIN_SEGMENT_BYTES));
    const long = new SegmentMemory(2 * MIN_SEGMENT_BYTES);
    for (const memory of [long, ...memories]) budget.spare(memory);
    expect(spareOf(budget, new Set(memories))).toHaveLength(most - 2);
    expect(budget.memoryFor(2 * MIN_SEGMENT_BYTES)).toBe(long);
    expect(budget.memoryFor(2 * MIN_SEGMENT_BYTES)).not.toBe(long);
  });

  it("is kept for later only where the budget has room for it, and goes first", () => {
    const budget = new LogBudget(4 * MIN_SEGMENT_BYTES);
    const memories = Array.from({ length: 4 }, () => new SegmentMemory(MIN_SEGMENT_BYTES));
    budget.take(MIN_SEGMENT_BYTES);
    for (const memory of memories) budget.spare(memory);
    budget.take(2 * MIN_SEGMENT_BYTES);
    expect(spareOf(budget, new Set(memories))).toHaveLength(0);
  });
});
