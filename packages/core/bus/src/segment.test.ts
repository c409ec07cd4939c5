import { MessageType } from "@headgate/message";
import { describe, expect, it } from "vitest";
import { MIN_BYTES_PER_ENTRY } from "./limits.ts";
import {
  audioFrame,
  data,
  decode,
  decodeReadable,
  interFrame,
  keyframe,
  message,
  RTMP,
} from "./messages.test.helper.ts";
import { type EntryFilter, isBefore, Segment } from "./segment.ts";
import { SegmentMemory } from "./segment-memory.ts";

const BASE = 5000;
const EVERYTHING: EntryFilter = { audio: true, video: true };

function makeSegment(capacity: number, base = 0, nowMs = 0): Segment {
  return new Segment({ framing: RTMP, base, memory: new SegmentMemory(capacity) }, nowMs);
}

/** A segment of four entries and their positions. */
function filled(): { segment: Segment; positions: number[] } {
  const segment = makeSegment(10_000, BASE);
  const messages = [data("meta"), keyframe(0, { length: 2500 }), audioFrame(10), interFrame(40)];
  return { segment, positions: messages.map((each) => segment.append(each, 0)) };
}

describe("segment", () => {
  it("places entries one after the other, each as long as it said it would be", () => {
    const { segment, positions } = filled();
    const lengths = [data("meta"), keyframe(0, { length: 2500 }), audioFrame(10), interFrame(40)].map(
      (each) => RTMP.entryLength(each),
    );
    expect(positions).toEqual(lengths.map((_, i) => BASE + sum(lengths.slice(0, i))));
    expect(segment.end).toBe(BASE + sum(lengths));
    expect(segment.used).toBe(sum(lengths));
  });

  it("says how much room is left", () => {
    const segment = makeSegment(128);
    expect(segment.hasRoomFor(128)).toBe(true);
    expect(segment.hasRoomFor(129)).toBe(false);
    segment.append(message(MessageType.video, 0, [], { length: 56 }), 0);
    expect(segment.hasRoomFor(60)).toBe(true);
    expect(segment.hasRoomFor(61)).toBe(false);
  });

  it("has room for as many entries as its index was made for, however short they are", () => {
    const segment = makeSegment(1000 * MIN_BYTES_PER_ENTRY);
    const empty = { type: MessageType.audio, timestamp: 0, messageStreamId: 1, payload: new Uint8Array() };
    let count = 0;
    for (; segment.hasRoomFor(RTMP.entryLength(empty)); count++) segment.append(empty, 0);
    expect(count).toBe(1000);
    expect(decode([segment.slice(0, segment.used)])).toEqual(Array(1000).fill(empty));
  });

  it("can be read from any entry on by a reader that has seen nothing before", () => {
    const { segment, positions } = filled();
    const expected = ["data 0 meta", "video 0 key", "audio 10 aac", "video 40 inter"];
    for (const [index, position] of positions.entries()) {
      expect(decodeReadable(segment.slice(position, 10_000))).toEqual(expected.slice(index));
    }
  });

  it("writes extended timestamps and messages of no length", () => {
    const segment = makeSegment(10_000);
    const late = keyframe(0xffff_fffe, { length: 2500 });
    const empty = {
      type: MessageType.audio,
      timestamp: 0xff_ffff,
      messageStreamId: 1,
      payload: new Uint8Array(),
    };
    for (const each of [late, empty]) segment.append(each, 0);
    expect(decode([segment.slice(0, 10_000)])).toEqual([late, empty]);
  });

  it("remembers when it was begun and when the newest entry arrived", () => {
    const segment = makeSegment(1000, 0, 7);
    expect([segment.startedMs, segment.newestMs]).toEqual([7, 7]);
    segment.append(audioFrame(0), 9);
    expect([segment.startedMs, segment.newestMs]).toEqual([7, 9]);
  });
});

describe("a segment's slice", () => {
  it("is all there is if that is not too much", () => {
    const { segment, positions } = filled();
    expect(segment.slice(BASE, segment.used).length).toBe(segment.used);
    expect(segment.slice(positions[2]!, 10_000).length).toBe(segment.end - positions[2]!);
  });

  it("ends at the last entry border within the limit, also if the limit is one", () => {
    const { segment, positions } = filled();
    const [first, second, third, fourth] = positions as [number, number, number, number];
    expect(segment.slice(first, third - first).length).toBe(third - first);
    expect(segment.slice(first, third - first - 1).length).toBe(second - first);
    expect(segment.slice(first, third - first + 1).length).toBe(third - first);
    expect(segment.slice(second, fourth - second + 1).length).toBe(fourth - second);
  });

  it("is one entry where that alone is beyond the limit, but never less", () => {
    const { segment, positions } = filled();
    for (const [index, position] of positions.entries()) {
      const end = positions[index + 1] ?? segment.end;
      expect(segment.slice(position, 1).length).toBe(end - position);
    }
  });

  it("is the very same for every reader at a position, and the segment's own memory", () => {
    const { segment, positions } = filled();
    const slice = segment.slice(positions[1]!, 10_000);
    expect(segment.slice(positions[1]!, 10_000)).toBe(slice);
    expect(segment.slice(positions[2]!, 10_000).buffer).toBe(slice.buffer);
  });

  it("is not changed by what is appended later, and then is a longer one", () => {
    const { segment } = filled();
    const before = segment.slice(BASE, 10_000);
    const copy = before.slice();
    segment.append(interFrame(80, { mark: "new" }), 0);
    expect(before).toEqual(copy);
    expect(decodeReadable(segment.slice(BASE, 10_000)).at(-1)).toBe("video 80 new");
  });
});

describe("a segment's copy", () => {
  it("carries another NetStream's id and leaves the segment as it was", () => {
    const { segment } = filled();
    const before = segment.slice(BASE, 10_000).slice();
    const copy = segment.copy(BASE, segment.used, EVERYTHING, 0x01020304);
    expect(decode([copy]).map(({ messageStreamId }) => messageStreamId)).toEqual(Array(4).fill(0x01020304));
    expect(copy.length).toBe(before.length);
    expect(segment.slice(BASE, 10_000)).toEqual(before);
  });

  it("leaves out audio or video or both, never data", () => {
    const { segment } = filled();
    const without = (filter: Partial<EntryFilter>) =>
      decodeReadable(segment.copy(BASE, segment.used, { ...EVERYTHING, ...filter }));
    expect(without({ audio: false })).toEqual(["data 0 meta", "video 0 key", "video 40 inter"]);
    expect(without({ video: false })).toEqual(["data 0 meta", "audio 10 aac"]);
    expect(without({ audio: false, video: false })).toEqual(["data 0 meta"]);
  });

  it("covers the entries of the slice it stands for and no more", () => {
    const { segment, positions } = filled();
    const [, second, third, fourth] = positions as [number, number, number, number];
    expect(decodeReadable(segment.copy(second, fourth - second, EVERYTHING))).toEqual([
      "video 0 key",
      "audio 10 aac",
    ]);
    expect(segment.copy(third, fourth - third, { ...EVERYTHING, audio: false }).length).toBe(0);
  });

  it("takes no more memory than what is left in it", () => {
    const { segment } = filled();
    const copy = segment.copy(BASE, segment.used, { ...EVERYTHING, video: false });
    expect(copy.buffer.byteLength).toBe(copy.length);
  });
});

describe("a segment's search for a time", () => {
  it("finds the first entry from a position on that is not earlier, whatever comes after it", () => {
    const segment = makeSegment(1000, BASE);
    const positions = [0, 40, 30, 80].map((timestamp) => segment.append(audioFrame(timestamp), 0));
    expect(segment.firstAtOrAfter(0, BASE)).toBe(positions[0]);
    expect(segment.firstAtOrAfter(35, BASE)).toBe(positions[1]);
    expect(segment.firstAtOrAfter(35, positions[2]!)).toBe(positions[3]);
    expect(segment.firstAtOrAfter(81, BASE)).toBe(segment.end);
  });

  it("goes on over the wrap of the 32-bit timestamp", () => {
    const segment = makeSegment(1000);
    const positions = [0xffff_ffd8, 0, 40].map((timestamp) => segment.append(audioFrame(timestamp), 0));
    expect(segment.firstAtOrAfter(0xffff_fff0, 0)).toBe(positions[1]);
    expect(segment.firstAtOrAfter(1, 0)).toBe(positions[2]);
  });
});

describe("a segment's memory", () => {
  it("can be another segment's if nobody goes on to use a view of it", () => {
    const memory = new SegmentMemory(1000);
    const segment = new Segment({ framing: RTMP, base: 0, memory }, 0);
    segment.append(keyframe(0), 0);
    segment.copy(0, segment.used, EVERYTHING);
    segment.slice(0, 1);
    expect(segment.reclaim()).toBe(memory);
  });

  it.each<[string, (segment: Segment) => unknown]>([
    ["an entry", (segment) => segment.entryAt(BASE)],
    ["the whole segment", (segment) => segment.lend()],
  ])("cannot once %s was given out", (_, giveOut) => {
    const { segment } = filled();
    giveOut(segment);
    expect(segment.reclaim()).toBeUndefined();
  });
});

it("a timestamp is before another one in 32-bit serial arithmetic", () => {
  expect(isBefore(0, 1)).toBe(true);
  expect(isBefore(1, 1)).toBe(false);
  expect(isBefore(0xffff_ffff, 0)).toBe(true);
  expect(isBefore(0, 0xffff_ffff)).toBe(false);
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
