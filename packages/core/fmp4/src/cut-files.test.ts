import { ProtocolError } from "@headgate/bytes";
import { Random } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { readBoxes } from "./boxes.ts";
import { Mp4Opening } from "./mp4-opening.ts";
import { Mp4Recovery, type Mp4Repair } from "./mp4-recovery.ts";
import { fileOf, joined, messagesIn, open, patched, readAll, streamOf } from "./streams.test.helper.ts";

const STREAM = streamOf(new Random(1), { video: "H.264", audio: "AAC", seconds: 2, keyframeEvery: 13 });
const UNFINISHED = fileOf(STREAM, false, 1_764_000_000_123);
const FINISHED = fileOf(STREAM, true, 1_764_000_000_123);

function repairOf(file: Uint8Array): Mp4Repair | string {
  try {
    return readAll(new Mp4Recovery(), file);
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

function repaired(file: Uint8Array, { truncateTo, tail, patch }: Mp4Repair): Uint8Array {
  return patched(joined([file.subarray(0, truncateTo), ...tail]), patch);
}

function contentOf(file: Uint8Array): string[] | string {
  try {
    return messagesIn(file).map(({ type, timestamp, payload }) => `${type} ${timestamp} ${payload.join()}`);
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

/** Messages that can be read; 0 if the file is refused. */
function countOf(file: Uint8Array): number {
  try {
    return open(file).count;
  } catch (error) {
    if (error instanceof ProtocolError) return 0;
    throw error;
  }
}

describe("a file cut off at any byte", () => {
  test("keeps its whole fragments when it is repaired, and its samples when it is read", () => {
    const all = new Set(contentOf(UNFINISHED));
    const kept = new Map<number, string[]>();
    let empty = 0;
    for (let length = 0; length <= UNFINISHED.length; length += 1) {
      const cut = UNFINISHED.subarray(0, length);
      const repair = repairOf(cut);
      const read = countOf(cut);
      if (typeof repair === "string") {
        expect(repair).toBe("MP4_INVALID");
        continue;
      }
      const { truncateTo, isEmpty } = repair;
      if (isEmpty) {
        // Nothing is whole yet.
        expect([truncateTo, kept.size]).toEqual([0, 0]);
        empty += 1;
        continue;
      }
      expect(truncateTo).toBeLessThanOrEqual(length);
      if (!kept.has(truncateTo)) kept.set(truncateTo, contentOf(repaired(cut, repair)) as string[]);
      expect(read).toBeGreaterThanOrEqual(kept.get(truncateTo)!.length);
    }
    const contents = [...kept.values()];
    expect(empty).toBeGreaterThan(1_000);
    expect(contents.length).toBe(3);
    expect(contents.every((content) => content.every((each) => all.has(each)))).toBe(true);
    expect(contents.at(-1)!.length).toBe(all.size);
  });

  test("a finished file that is cut off is refused or read, and never takes other errors", () => {
    for (let length = 0; length < FINISHED.length; length += 1) countOf(FINISHED.subarray(0, length));
  });

  test("zeroes at the end, as a loss of power leaves them, change nothing", () => {
    for (const zeroes of [1, 7, 8, 15, 16, 5000, 2_000_000]) {
      const file = joined([UNFINISHED, new Uint8Array(zeroes)]);
      expect(contentOf(file)).toEqual(contentOf(UNFINISHED));
      const repair = repairOf(file) as Mp4Repair;
      expect(repair.truncateTo).toBe(UNFINISHED.length);
    }
  });

  test("a fragment whose moof was lost ends it", () => {
    const file = UNFINISHED.slice();
    const [, second] = readBoxes(file).filter(({ type }) => type === "moof");
    second!.body.fill(0, 16);
    const kept = contentOf(repaired(file, repairOf(file) as Mp4Repair)) as string[];
    expect(kept.length).toBeGreaterThan(10);
    expect(kept).toEqual((contentOf(UNFINISHED) as string[]).slice(0, kept.length));
  });

  test("a crash between the index and the patch costs nothing", () => {
    const unpatched = FINISHED.slice();
    unpatched.set(UNFINISHED.subarray(0, 64));
    const moov = FINISHED.length - 28 - new DataView(FINISHED.buffer).getUint32(28 + 12);
    for (const missing of [0, 1, Math.floor(moov / 2), moov]) {
      const file = unpatched.subarray(0, unpatched.length - missing);
      expect(repaired(file, repairOf(file) as Mp4Repair)).toEqual(FINISHED);
    }
  });

  test("a finished file needs no repair", () => {
    expect(repairOf(FINISHED)).toMatchObject({ isFinished: true, truncateTo: FINISHED.length, tail: [] });
  });

  test("the time of day of the first frame is kept", () => {
    for (const file of [UNFINISHED, FINISHED]) {
      expect(readAll(new Mp4Opening(), file).startedMs).toBe(1_764_000_000_123);
    }
    const again = repaired(UNFINISHED, repairOf(UNFINISHED) as Mp4Repair);
    expect(readAll(new Mp4Opening(), again).startedMs).toBe(1_764_000_000_123);
  });

  test("files of other programs are not repaired", () => {
    const other = joined([UNFINISHED.subarray(44)]);
    expect(open(other).count).toBe(open(UNFINISHED).count);
    expect(repairOf(other)).toBe("MP4_UNSUPPORTED");
  });
});
