import { decodeAmf0Values, EcmaArray, encodeAmf0Values, propertiesOf } from "@headgate/amf";
import { type Message, MessageType } from "@headgate/message";
import { hex, Random } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import {
  AAC_HEADER,
  AVC_HEADER,
  areEqual,
  audio,
  data,
  fileOf,
  finished,
  inter,
  joined,
  keyframe,
  messagesOf,
  opened,
  randomStream,
  soundOnly,
  stream,
  tagsOf,
  video,
} from "./file.test.helper.ts";
import { FlvWriter } from "./flv-writer.ts";

const STARTED_MS = 1_764_500_000_000;

function written(messages: readonly Message[]): Uint8Array {
  const writer = new FlvWriter({ startedMs: STARTED_MS });
  for (const message of messages) writer.write(message);
  return finished(writer);
}

function shapeOf({ type, timestamp, payload }: Message): string {
  return `${type} ${timestamp} ${payload.length}`;
}

function payloadsOf(messages: readonly Message[]): Uint8Array {
  return joined(messages.map(({ payload }) => payload));
}

function metadataIn(file: Uint8Array) {
  const [name, value] = decodeAmf0Values(tagsOf(file)[0]!.payload);
  expect(name).toBe("onMetaData");
  expect(value).toBeInstanceOf(EcmaArray);
  // biome-ignore lint/suspicious/noExplicitAny: values of any kind
  return propertiesOf(value) as any;
}

describe("an FLV writer", () => {
  test("announces sound and pictures, whatever comes", () => {
    const file = written(soundOnly(1));
    expect([...file.subarray(0, 13)]).toEqual([...hex("464c5601 05 00000009 00000000")]);
  });

  test("writes messages byte for byte, with timestamps from 0 at the first frame", () => {
    const messages = [
      video(70, AVC_HEADER),
      audio(0, AAC_HEADER),
      keyframe(83_000),
      audio(83_010),
      inter(83_040),
      { ...data(83_050, hex("00 02 0001 78")), type: MessageType.dataAmf3 },
      data(83_060, hex("0102")),
      { ...audio(0), type: MessageType.commandAmf0 },
    ];
    const [, ...tags] = tagsOf(written(messages));
    expect(tags.map(({ type, timestamp }) => [type, timestamp])).toEqual([
      [9, 0],
      [8, 0],
      [9, 0],
      [8, 10],
      [9, 40],
      [15, 50],
      [18, 60],
    ]);
    expect(tags.map(({ payload }) => payload)).toEqual(messages.slice(0, 7).map(({ payload }) => payload));
  });

  test("begins with the publisher's own metadata, and the duration, size and keyframes of the file", () => {
    const own = encodeAmf0Values([
      "onMetaData",
      { width: 320, encoder: "x", creationdate: 1, duration: 7, keyframes: {} },
    ]);
    const file = written([data(0, own), ...stream(3, 83_000)]);
    const { keyframes, creationdate, ...values } = metadataIn(file);
    expect(values).toEqual({ width: 320, encoder: "x", duration: 3, filesize: file.length });
    expect(creationdate.timeMs).toBe(STARTED_MS);
    expect(Buffer.from(file).toString("latin1").split("creationdate")).toHaveLength(2);
    expect(keyframes.times).toEqual([0, 1, 2]);
    for (const position of keyframes.filepositions) {
      expect(file[position]).toBe(9);
      expect(file[position + 11]).toBe(0x17);
    }
    expect(tagsOf(file)).toHaveLength(1 + stream(3).length);
  });

  test("writes metadata that comes later, or that it cannot read, as it is", () => {
    const later = encodeAmf0Values(["onMetaData", { width: 640 }]);
    const broken = joined([encodeAmf0Values(["onMetaData"]), hex("03 0001")]);
    const [, first, ...rest] = tagsOf(written([data(0, broken), keyframe(0), data(0, later)]));
    expect(first!.payload).toEqual(broken);
    expect(rest.at(-1)!.payload).toEqual(later);
  });

  test("lists every second keyframe, or every fourth, of a long file", () => {
    const messages = Array.from({ length: 2100 }, (_, second) => keyframe(second * 1000));
    const { keyframes, duration } = metadataIn(written(messages));
    expect(keyframes.times.slice(0, 3)).toEqual([0, 4, 8]);
    expect(keyframes.times).toHaveLength(525);
    expect(keyframes.times.length + keyframes.spacer.length / 2).toBe(1000);
    expect(duration).toBe(2100);
  });

  test("lists places to begin in a file without pictures, about a second apart", () => {
    const { keyframes } = metadataIn(written(soundOnly(4)));
    expect(keyframes.times).toEqual([0, 1, 2, 3]);
  });

  test("is a whole file without any message", () => {
    const file = written([]);
    expect(metadataIn(file)).toMatchObject({ duration: 0, filesize: file.length });
    expect(opened(file).index.count).toBe(0);
  });

  test("hands its bytes out once, does not touch them afterwards, and takes the longest payload", () => {
    const writer = new FlvWriter({ startedMs: 0 });
    const taken: Uint8Array[] = [];
    const copies: Uint8Array[] = [];
    const long = new Uint8Array(200_000).fill(7);
    for (const message of [...stream(2), video(3000, long), keyframe(3040)]) {
      writer.write(message);
      for (const bytes of writer.take()) {
        taken.push(bytes);
        copies.push(new Uint8Array(bytes));
      }
    }
    taken.push(...writer.finish().tail);
    copies.push(...taken.slice(copies.length));
    expect(areEqual(joined(taken), joined(copies))).toBe(true);
    expect(joined(taken)).toHaveLength(writer.bytes);
    expect(areEqual(tagsOf(joined(taken)).at(-2)!.payload, long)).toBe(true);
    expect(writer.take()).toEqual([]);
  });

  test("writes what an opening finds again, whatever the messages are", () => {
    const random = new Random(5);
    for (let i = 0; i < 300; i += 1) {
      const writer = new FlvWriter({ startedMs: 0 });
      const messages = randomStream(random);
      for (const message of messages) writer.write(message);
      const file = finished(writer);
      const { index, end } = opened(file);
      expect(end).toBe(file.length);
      expect(index.count).toBe(writer.index.count);
      expect(index.durationMs).toBe(writer.durationMs);
      const found = messagesOf(index, file);
      expect(found.map(shapeOf)).toEqual(messagesOf(writer.index, file).map(shapeOf));
      expect(areEqual(payloadsOf(found), payloadsOf(messages))).toBe(true);
      for (let ms = 0; ms < index.durationMs; ms += 1 + index.durationMs / 5) {
        expect(index.atOrBefore(ms)).toBe(writer.index.atOrBefore(ms));
        const entry = index.atOrBefore(ms);
        expect(index.headers(entry).slice(1)).toEqual(writer.index.headers(entry).slice(1));
      }
    }
  });
});

describe("appending", () => {
  test.each([0, 2500])("goes on with a file, %i ms behind its end, and patches its first tag", (gapMs) => {
    const first = written(stream(2));
    const opening = opened(joined([first, hex("09 0000ff 000000")]));
    const writer = new FlvWriter({ startedMs: 0, appendTo: opening, gapMs });
    expect(writer.bytes).toBe(first.length);
    const own = data(0, encodeAmf0Values(["onMetaData", { width: 1 }]));
    for (const message of [own, ...stream(2, 7_000_000)]) writer.write(message);
    const file = finished(writer, first);
    const tags = tagsOf(file);
    const added = tags.slice(1 + stream(2).length);
    expect(added[0]!.payload).toEqual(own.payload);
    expect(added.map(({ timestamp }) => timestamp).slice(0, 4)).toEqual(Array(4).fill(2000 + gapMs));
    expect(metadataIn(file)).toMatchObject({ duration: 4 + gapMs / 1000, filesize: file.length });
    expect(metadataIn(file).keyframes.times).toEqual([0, 1, 2 + gapMs / 1000, 3 + gapMs / 1000]);
    expect(opened(file).index.durationMs).toBe(4000 + gapMs);
  });

  test("goes on at the timestamps of a file of another program", () => {
    const first = fileOf(stream(1, 60_000));
    const writer = new FlvWriter({ startedMs: 0, appendTo: opened(first) });
    for (const message of stream(1, 5)) writer.write(message);
    const timestamps = tagsOf(finished(writer, first)).map(({ timestamp }) => timestamp);
    expect(timestamps.slice(stream(1).length - 1).slice(0, 6)).toEqual([
      60_960, 61_000, 61_000, 61_000, 61_000, 61_040,
    ]);
  });

  test("goes on with a file that has no room for keyframes", () => {
    const first = hex("464c5601 05 00000009 00000000");
    const writer = new FlvWriter({ startedMs: 0, appendTo: opened(first) });
    for (const message of stream(1)) writer.write(message);
    expect(writer.finish().patches).toEqual([]);
  });
});
