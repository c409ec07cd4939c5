import { ProtocolError } from "@headgate/bytes";
import { Random } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import type { FileOpening } from "./file-opening.ts";
import type { MessageIndex } from "./mp4-index.ts";
import { Mp4Opening } from "./mp4-opening.ts";
import { fileOf, messagesIn, open, readAll, streamOf } from "./streams.test.helper.ts";

const random = new Random(11);
const STREAM = streamOf(random, { video: "H.264", audio: "AAC", seconds: 6 });
const UNFINISHED = fileOf(STREAM, false);
const FINISHED = fileOf(STREAM, true);

/** What a file holds, in the order of its index. */
function contentOf(file: Uint8Array, index: MessageIndex): string[] {
  return messagesIn(file, index).map(
    ({ type, timestamp, payload }) => `${type} ${timestamp} ${payload.join()}`,
  );
}

const WHOLE = contentOf(FINISHED, open(FINISHED));

/** The least of a file that can be opened. */
function beginning(file: Uint8Array): { opening: Mp4Opening; length: number } {
  for (let length = 1; length <= file.length; length += 1) {
    const opening = new Mp4Opening(true);
    try {
      readAll(opening, file.subarray(0, length));
      return { opening, length };
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
  }
  throw new Error("cannot be opened");
}

function extended(opening: Mp4Opening & FileOpening<MessageIndex>, file: Uint8Array, isGrowing = true): void {
  opening.extend(isGrowing);
  readAll(opening, file);
}

describe("a file that grows", () => {
  test.each([7, 300, 5_000])("by %d bytes at a time has in the end what the finished one has", (step) => {
    const { opening, length } = beginning(UNFINISHED);
    const { index } = opening;
    let seen: readonly string[] = contentOf(UNFINISHED, index);
    for (let end = length; end < UNFINISHED.length; end += step) {
      extended(opening, UNFINISHED.subarray(0, end));
      if (index.count === seen.length) continue;
      const now = contentOf(UNFINISHED, index);
      // Its players are somewhere in it: what they have passed stays as it is.
      expect(now.slice(0, seen.length)).toEqual(seen);
      expect(index.position(index.count - 1) + index.length(index.count - 1)).toBeLessThanOrEqual(end);
      seen = now;
    }
    extended(opening, FINISHED, false);
    expect(opening.index).toBe(index);
    expect(contentOf(FINISHED, index)).toEqual(WHOLE);
    expect(index.durationMs).toBe(open(FINISHED).durationMs);
  });

  test("finds the keyframes that have come, and tells the duration so far", () => {
    const { opening } = beginning(UNFINISHED);
    const before = opening.index.durationMs;
    expect(opening.index.timestampMs(opening.index.atOrBefore(1e9))).toBeLessThan(2000);
    extended(opening, UNFINISHED);
    expect(opening.index.durationMs).toBeGreaterThan(before + 3000);
    expect(opening.index.timestampMs(opening.index.atOrBefore(4500))).toBe(4000);
    const [metadata] = opening.index.headers(0);
    const at = Buffer.from(metadata!.payload).indexOf("duration") + 9;
    expect(Buffer.from(metadata!.payload).readDoubleBE(at)).toBeCloseTo(opening.index.durationMs / 1000);
  });

  test("of sound alone grows as well", () => {
    const messages = streamOf(random, { audio: "AAC", seconds: 5 });
    const [unfinished, finished] = [fileOf(messages, false), fileOf(messages, true)];
    const { opening } = beginning(unfinished);
    extended(opening, unfinished);
    extended(opening, finished, false);
    expect(contentOf(finished, opening.index)).toEqual(contentOf(finished, open(finished)));
  });
});
