import { describe, expect, it } from "vitest";
import { Cursor } from "./cursor.ts";
import { ENTRY_EFFORT_BYTES } from "./limits.ts";
import { LogBudget } from "./log-budget.ts";
import { audioFrame, decodeReadable, keyframe, RTMP } from "./messages.test.helper.ts";
import type { EntryFilter } from "./segment.ts";
import { StreamLog } from "./stream-log.ts";

const EVERYTHING: EntryFilter = { audio: true, video: true };
const NO_MEDIA: EntryFilter = { audio: false, video: false };
const ENTRIES = 2_000;
const MAX_BYTES = 100 * ENTRY_EFFORT_BYTES;

/** A keyframe, and many of the smallest messages. */
function logOfSmallMessages(): StreamLog {
  const options = { framing: RTMP, retentionMs: 1_000_000, retentionBytes: 24 * 1024 * 1024 };
  const log = new StreamLog(options, new LogBudget(1024 ** 3));
  const position = log.append(keyframe(0), 0);
  log.markSyncPoint({ position, timestamp: 0, arrivedMs: 0 }, () => []);
  for (let i = 1; i <= ENTRIES; i += 1) log.append(audioFrame(i), 0);
  return log;
}

function reader(log: StreamLog, filter: EntryFilter, netStreamId?: number): Cursor {
  const cursor = new Cursor(log, filter, { keyframeWaitMs: 3000, netStreamId });
  cursor.rejoin(Number.NEGATIVE_INFINITY);
  return cursor;
}

/** What each read returns, and what it costs. */
function readsOf(cursor: Cursor): { readonly pieces: Uint8Array[]; readonly efforts: number[] } {
  const pieces: Uint8Array[] = [];
  const efforts: number[] = [];
  for (let bytes = cursor.read(MAX_BYTES, 0); bytes; bytes = cursor.read(MAX_BYTES, 0)) {
    pieces.push(bytes);
    efforts.push(cursor.effort);
  }
  return { pieces, efforts };
}

describe("the effort of reading many small entries", () => {
  it("is that of their bytes for readers that share them", () => {
    const { pieces, efforts } = readsOf(reader(logOfSmallMessages(), EVERYTHING));
    expect(efforts).toEqual(pieces.map(({ length }) => length));
  });

  it("counts each entry that is copied, and bounds them", () => {
    const { pieces, efforts } = readsOf(reader(logOfSmallMessages(), EVERYTHING, 2));
    expect(Math.max(...efforts)).toBeLessThanOrEqual(MAX_BYTES);
    expect(pieces.length).toBeGreaterThanOrEqual(ENTRIES / 100);
    expect(decodeReadable(...pieces).length).toBe(1 + ENTRIES);
  });

  it("counts each entry that is left out, and is bounded where nothing is wanted", () => {
    const { pieces, efforts } = readsOf(reader(logOfSmallMessages(), NO_MEDIA));
    expect(pieces.map(({ length }) => length)).toEqual(pieces.map(() => 0));
    expect(new Set(efforts)).toEqual(new Set([MAX_BYTES]));
    expect(pieces.length).toBe(ENTRIES / 100);
  });

  it("tells how many were copied or left out, of which there are none for readers that share them", () => {
    const log = logOfSmallMessages();
    const readers = [reader(log, EVERYTHING), reader(log, EVERYTHING, 2), reader(log, NO_MEDIA)];
    for (const cursor of readers) readsOf(cursor);
    expect(readers.map(({ copiedEntries }) => copiedEntries)).toEqual([0, 1 + ENTRIES, 1 + ENTRIES]);
  });

  it("ends where there is nothing yet", () => {
    const log = logOfSmallMessages();
    const cursor = reader(log, { audio: false, video: true });
    readsOf(cursor);
    expect(cursor.read(MAX_BYTES, 0)).toBeUndefined();
    log.append(keyframe(ENTRIES + 1), 0);
    expect(decodeReadable(cursor.read(MAX_BYTES, 0)!)).toEqual([`video ${ENTRIES + 1} key`]);
  });
});
