import { type Message, MessageType } from "@headgate/message";
import { Random } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { readBoxes } from "./boxes.ts";
import { mp4Excerpt } from "./mp4-excerpt.ts";
import type { Mp4Index } from "./mp4-index.ts";
import { Mp4Opening } from "./mp4-opening.ts";
import { doAll } from "./steps.ts";
import {
  AUDIO_CODECS,
  fileOf,
  joined,
  messagesIn,
  open,
  readAll,
  type StreamOptions,
  streamOf,
  VIDEO_CODECS,
} from "./streams.test.helper.ts";

const indexOf = (file: Uint8Array): Mp4Index => readAll(new Mp4Opening(), file);

function excerptOf(file: Uint8Array, positionMs: number): Uint8Array {
  const { head, position, end } = doAll(mp4Excerpt(indexOf(file), positionMs));
  return joined([head, file.subarray(position, end)]);
}

/** What the file has from the newest keyframe at or before a position on, with times from there. */
function expectedFrom(file: Uint8Array, positionMs: number): readonly Message[] {
  const index = open(file);
  const first = index.atOrBefore(positionMs);
  const originMs = index.timestampMs(first);
  return messagesIn(file, index)
    .slice(first)
    .map((message) => ({ ...message, timestamp: message.timestamp - originMs }));
}

/** All pictures, and the sound from when the first is shown on, with sound and pictures together as they were. */
function expectSame(messages: readonly Message[], expected: readonly Message[]): void {
  for (const type of [MessageType.video, MessageType.audio]) {
    const some = messages.filter((message) => message.type === type);
    const all = expected.filter((message) => message.type === type);
    const rest = some.length === 0 ? [] : all.slice(-some.length);
    expect(some.map(({ payload }) => payload)).toEqual(rest.map(({ payload }) => payload));
    expect(all.length - some.length).toBeLessThanOrEqual(type === MessageType.video ? 0 : 6);
    for (const [at, { timestamp }] of some.entries())
      expect(Math.abs(timestamp - rest[at]!.timestamp)).toBeLessThanOrEqual(1);
  }
}

const STREAMS: readonly StreamOptions[] = [
  ...VIDEO_CODECS.map((video) => ({ video, audio: "AAC" as const, seconds: 5 })),
  ...AUDIO_CODECS.map((audio) => ({ audio, seconds: 5 })),
  { video: "H.264", seconds: 5 },
];

describe.each(STREAMS)("an excerpt of $video $audio", (options) => {
  const stream = streamOf(new Random(8), options);
  const [finished, unfinished] = [fileOf(stream, true), fileOf(stream, false)];

  test.each([-1, 0, 999, 1_000, 2_500, 1e9])("from %i ms is what follows the keyframe at or before", (ms) => {
    for (const file of [finished, unfinished]) {
      const excerpt = excerptOf(file, ms);
      expect(readBoxes(excerpt).map(({ type }) => type)).toEqual(["ftyp", "moov", "mdat"]);
      expectSame(messagesIn(excerpt), expectedFrom(file, ms));
    }
  });
});

test("an excerpt of an excerpt is as one of the file", () => {
  const file = fileOf(streamOf(new Random(9), { video: "HEVC", audio: "Opus", seconds: 6 }), true);
  expectSame(messagesIn(excerptOf(excerptOf(file, 2_000), 1_000)), expectedFrom(file, 3_000));
});

test("an excerpt tells the time of day of its first frame", () => {
  const file = fileOf(streamOf(new Random(9), { video: "AV1", seconds: 3 }), true, 1_800_000_000_000);
  expect(indexOf(excerptOf(file, 2_100)).startedMs).toBe(1_800_000_002_000);
});
