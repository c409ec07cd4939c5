import { decodeAmf0Values, encodeAmf0Values, propertiesOf } from "@headgate/amf";
import { ProtocolError } from "@headgate/bytes";
import { encodeFlvTag } from "@headgate/flv";
import type { Message } from "@headgate/message";
import { hex, Random } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import {
  AAC_HEADER,
  AVC_HEADER,
  areEqual,
  audio,
  data,
  feedFile,
  fileOf,
  finished,
  inter,
  joined,
  keyframe,
  messagesOf,
  OTHER_AVC_HEADER,
  opened,
  soundOnly,
  stream,
  video,
} from "./file.test.helper.ts";
import { FlvIndex } from "./flv-index.ts";
import { FlvOpening } from "./flv-opening.ts";
import { FlvWriter } from "./flv-writer.ts";
import { MAX_READ_BYTES } from "./limits.ts";

const HEADER = "464c5601 05 00000009 00000000";

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
  return undefined;
}

function metadataOf(message: Message | undefined) {
  // biome-ignore lint/suspicious/noExplicitAny: values of any kind
  return propertiesOf(decodeAmf0Values(message!.payload)[1]) as any;
}

describe("what an opening finds", () => {
  test("every message with its time, and the sequence headers in force, of a file without an index", () => {
    const messages = [...stream(2, 5000), video(7000, OTHER_AVC_HEADER), keyframe(7000)];
    const file = fileOf(messages);
    const { index, wants, end } = opened(file);
    expect([wants, end, index.hasVideo, index.durationMs]).toEqual([undefined, file.length, true, 2040]);
    const found = messagesOf(index, file);
    expect(found.map(({ payload }) => payload)).toEqual(messages.map(({ payload }) => payload));
    expect(found.slice(0, 6).map(({ timestamp }) => timestamp)).toEqual([0, 0, 0, 0, 40, 40]);
    const [metadata, ...headers] = index.headers(index.atOrBefore(1999));
    expect(metadataOf(metadata)).toEqual({ duration: 2.04 });
    expect(headers.map(({ payload }) => payload)).toEqual([AVC_HEADER, AAC_HEADER]);
    expect(headers.map(({ timestamp }) => timestamp)).toEqual([1000, 1000]);
    const later = index.headers(index.atOrBefore(2000));
    expect(later.map(({ payload }) => payload)).toContainEqual(OTHER_AVC_HEADER);
    expect(later).toHaveLength(3);
  });

  test.each([
    [0, 0],
    [999, 0],
    [1000, 1000],
    [1999, 1000],
    [2000, 2000],
    [99_999, 2000],
  ])("begins %i ms at the keyframe of %i ms", (positionMs, keyframeMs) => {
    const { index } = opened(fileOf(stream(3)));
    const entry = index.atOrBefore(positionMs);
    expect(index.timestampMs(entry)).toBe(keyframeMs);
    expect(index.keyframes.atOrBeforeEntry(entry)).toBe(entry);
  });

  test("any message where there are no pictures: in sound files, and before the first keyframe", () => {
    const { index } = opened(fileOf(soundOnly(5)));
    expect(index.hasVideo).toBe(false);
    expect(index.timestampMs(index.atOrBefore(3_333))).toBe(3_320);
    const late = opened(fileOf([audio(0), audio(20), audio(40), keyframe(50), inter(90)])).index;
    expect([0, 30, 49, 50, 99].map((ms) => late.atOrBefore(ms))).toEqual([0, 1, 2, 3, 3]);
  });

  test("the first keyframe, of a file that begins with other pictures", () => {
    const { index } = opened(fileOf([inter(0), audio(0), inter(40), keyframe(80), inter(120)]));
    expect([0, 40, 80, 120].map((ms) => index.atOrBefore(ms))).toEqual([3, 3, 3, 3]);
  });

  test("keyframes with the headers of Enhanced RTMP, of the lowest track", () => {
    const start = hex("90 68766331 0102");
    const frames = [
      hex("93 68766331 00000002 2601"),
      hex("96 03 68766331 01 00000002 2601"),
      hex("a3 68766331 00000002 0201"),
    ];
    const messages = [start, ...frames, ...frames].map((payload, at) => video(at * 40, payload));
    const { index } = opened(fileOf(messages));
    const entries = Array.from({ length: index.keyframes.count }, (_, point) => index.keyframes.entry(point));
    expect(entries).toEqual([1, 4]);
    expect(index.headers(4)[1]!.payload).toEqual(start);
  });

  test("the publisher's metadata wherever it is, with the true duration and without the positions of the file", () => {
    const own = { width: 320, duration: 99, filesize: 5, keyframes: { times: [0], filepositions: [13] } };
    const metadata = data(0, encodeAmf0Values(["onMetaData", own]));
    const [early, late] = [
      [metadata, ...stream(2)],
      [...stream(2), metadata],
    ].map(fileOf);
    for (const file of [early!, late!]) {
      const { index } = opened(file);
      expect(metadataOf(index.headers(0)[0])).toEqual({ width: 320, duration: 2 });
      expect(metadataOf(index.headers(50)[0])).toEqual({ width: 320, duration: 2 });
    }
    expect(opened(early!).index.count).toBe(stream(2).length);
    const last = messagesOf(opened(late!).index, late!).at(-1);
    expect(metadataOf(last)).toEqual({ width: 320, duration: 2 });
  });

  test("a time that never goes back, of messages that keep their own timestamps", () => {
    const file = fileOf([keyframe(0), inter(40), audio(20), inter(80)]);
    const { index } = opened(file);
    expect([0, 1, 2, 3].map((i) => index.timestampMs(i))).toEqual([0, 40, 40, 80]);
    expect(messagesOf(index, file).map(({ timestamp }) => timestamp)).toEqual([0, 40, 20, 80]);
  });

  test("no tags with encrypted payloads", () => {
    const encrypted = { ...audio(20), type: 8 | 0x20 };
    expect(opened(fileOf([audio(0), encrypted, audio(40)])).index.count).toBe(2);
    expect(codeOf(() => opened(fileOf([encrypted, encrypted])))).toBe("FLV_INVALID");
  });

  test("no tags of reserved types, which it steps over", () => {
    const reserved = encodeFlvTag({ type: 7, timestamp: 0, payload: hex("010203") });
    const file = joined([fileOf([audio(0)]), reserved, encodeFlvTag(audio(20))]);
    const { index, end } = opened(file);
    expect([index.count, end]).toEqual([2, file.length]);
  });

  test("all tags of a file that is read in many blocks, of which most end within a tag", () => {
    const random = new Random(21);
    const lengths = Array.from({ length: 300 }, () => random.below(random.pick([3, 500, 60_000, 200_000])));
    lengths[150] = 2 * MAX_READ_BYTES;
    const messages = lengths.map((length, i) => {
      const payload = new Uint8Array(length).fill(i);
      payload.set(hex(i % 9 === 0 ? "1701" : "2701").subarray(0, length));
      return video(i * 40, payload);
    });
    const file = fileOf(messages);
    const { index, end } = opened(file);
    expect([index.count, end]).toEqual([messages.length, file.length]);
    expect(end).toBeGreaterThan(8 * MAX_READ_BYTES);
    const differing = messagesOf(index, file).filter(
      ({ payload }, i) => !areEqual(payload, messages[i]!.payload),
    );
    expect(differing).toEqual([]);
    const keyframes = messages.filter(({ payload }) => payload[0] === 0x17 && payload.length > 1);
    expect(index.keyframes.count).toBe(keyframes.length);
  });

  test("tags that are longer than what is read at once", () => {
    const long = new Uint8Array(3 * MAX_READ_BYTES).fill(1);
    long.set(hex("17 01 000000"));
    const messages = [video(0, AVC_HEADER), video(0, long), audio(0), video(40, long)];
    const file = fileOf(messages);
    const { index, end } = opened(file);
    expect([index.count, index.keyframes.count, end]).toEqual([4, 2, file.length]);
    expect(areEqual(messagesOf(index, file)[3]!.payload, long)).toBe(true);
    for (const cut of [1, 4, 5, MAX_READ_BYTES, 2 * MAX_READ_BYTES, 3 * MAX_READ_BYTES]) {
      expect(opened(file.subarray(0, file.length - cut)).index.count).toBe(3);
    }
  });
});

describe("files that are damaged", () => {
  test.each([
    ["nothing", ""],
    ["another kind of file", "00000018667479706d703432 00000000"],
    ["another version", "464c5602 05 00000009 00000000"],
    ["a header within itself", "464c5601 05 00000008 00000000"],
    ["a header without end", "464c5601 05 7fffffff 00000000"],
    ["a header cut off", "464c5601 05 00000009 0000"],
    ["other bytes where tags belong", `${HEADER} ${"55".repeat(40)}`],
    ["zeroes where tags belong", `${HEADER} ${"00".repeat(40)}`],
  ])("%s is no FLV file", (_, bytes) => {
    expect(codeOf(() => opened(hex(bytes)))).toBe("FLV_INVALID");
  });

  test("a file that has just begun is one without messages", () => {
    expect(opened(hex(HEADER))).toMatchObject({ end: 13, index: { count: 0, durationMs: 0 } });
  });

  test.each([
    ["zeroes, as after a power failure", new Uint8Array(5000)],
    ["other bytes", new Uint8Array(5000).fill(0xa5)],
  ])("a file ends where tags end and %s begin", (_, junk) => {
    const file = fileOf(stream(1));
    const { index, end } = opened(joined([file, junk]));
    expect([index.count, end]).toEqual([stream(1).length, file.length]);
  });

  test("a file that is cut at any byte ends with its last whole tag", () => {
    const messages = stream(1).slice(0, 12);
    const file = fileOf(messages);
    let end = 13;
    const ends = messages.map((message) => (end += encodeFlvTag(message).length));
    for (let length = 13; length <= file.length; length += 1) {
      const opening = opened(file.subarray(0, length));
      const whole = ends.filter((each) => each <= length);
      expect([opening.index.count, opening.end]).toEqual([whole.length, whole.at(-1) ?? 13]);
    }
  });

  test("a file of more messages than an index holds is refused", () => {
    const messages = Array.from({ length: 3000 }, (_, i) => audio(i));
    expect(codeOf(() => feedFile(new FlvOpening(new FlvIndex(2048)), fileOf(messages)))).toBe(
      "FILE_INDEX_EXCEEDED",
    );
  });

  test("any bytes are opened or refused, in no more reads than there are bytes", () => {
    const random = new Random(11);
    const file = fileOf([data(0, encodeAmf0Values(["onMetaData", { a: [1, {}] }])), ...stream(1)]);
    for (let i = 0; i < 3000; i += 1) {
      const broken = new Uint8Array(file.subarray(0, 13 + random.below(file.length - 13)));
      for (let changes = random.below(6); changes > 0; changes -= 1) {
        broken[random.below(broken.length)] = random.u32();
      }
      codeOf(() => {
        const { index, end } = opened(broken);
        expect(end).toBeLessThanOrEqual(broken.length);
        for (let at = 0; at < index.count; at += 1) {
          expect(index.position(at) + index.length(at)).toBeLessThanOrEqual(end);
        }
      });
    }
  });
});

describe("files that grow", () => {
  test("an opening goes on where it ended, however much has come", () => {
    const random = new Random(3);
    const file = fileOf(stream(8));
    const whole = opened(file);
    const opening = new FlvOpening();
    for (let length = 13; length < file.length; length += random.below(3000)) {
      opening.extend();
      feedFile(opening, file.subarray(0, length));
    }
    opening.extend();
    feedFile(opening, file);
    expect(opening.end).toBe(whole.end);
    expect(messagesOf(opening.index, file)).toEqual(messagesOf(whole.index, file));
  });

  test("a writer's own index can be read while it writes", () => {
    const writer = new FlvWriter({ startedMs: 0 });
    const pieces: Uint8Array[] = [];
    for (const message of stream(4)) {
      writer.write(message);
      pieces.push(...writer.take());
      const { index } = writer;
      const file = joined(pieces);
      const last = index.count - 1;
      expect(index.position(last) + index.length(last)).toBeLessThan(file.length);
      if (index.count % 10 === 0) expect(messagesOf(index, file)[last]!.payload).toEqual(message.payload);
    }
    expect(writer.index.timestampMs(writer.index.atOrBefore(3500))).toBe(3000);
    expect(finished(writer, joined(pieces)).length).toBe(writer.bytes);
  });
});
