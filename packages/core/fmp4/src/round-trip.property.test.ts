import { type Message, MessageType } from "@headgate/message";
import { Random } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { Mp4Recovery } from "./mp4-recovery.ts";
import {
  AUDIO_CODECS,
  fileOf,
  joined,
  messagesIn,
  open,
  patched,
  readAll,
  type StreamOptions,
  streamOf,
  VIDEO_CODECS,
} from "./streams.test.helper.ts";

const STREAMS: StreamOptions[] = [
  ...VIDEO_CODECS.map((video) => ({ video, seconds: 3 })),
  ...AUDIO_CODECS.map((audio) => ({ audio, seconds: 3 })),
  ...VIDEO_CODECS.flatMap((video) => AUDIO_CODECS.map((audio) => ({ video, audio, seconds: 3 }))),
];

/** As text, for messages that vitest is to compare are slow as bytes. */
function bodies(messages: readonly Message[], type: number): string[] {
  return messages
    .filter((each) => each.type === type)
    .map(({ payload }) => Buffer.from(payload).toString("hex"));
}

function times(messages: readonly Message[], type: number, first = 0): number[] {
  return messages.filter((each) => each.type === type).map(({ timestamp }) => (timestamp - first) >>> 0);
}

function isHeader({ payload, type }: Message): boolean {
  const [first = 0, second = 0] = payload;
  if (type === MessageType.video) return first & 0x80 ? (first & 0x0f) === 0 : second === 0;
  return first >> 4 === 9 ? (first & 0x0f) === 0 : first >> 4 === 10 && second === 0;
}

describe.each(STREAMS)("$video and $audio", (options) => {
  const random = new Random(JSON.stringify(options).length);
  const firstTimestamp = random.pick([0, 1, 5000, 0xffff_fc00]);
  const stream = streamOf(random, { ...options, firstTimestamp, keyframeEvery: random.pick([1, 7, 25, 40]) });
  const headers = stream.filter(isHeader);
  const frames = stream.filter((each) => !isHeader(each));

  function expectSame(file: Uint8Array, expected: readonly Message[]): void {
    const index = open(file);
    const read = messagesIn(file, index);
    expect(bodies(read, MessageType.video)).toEqual(bodies(expected, MessageType.video));
    expect(bodies(read, MessageType.audio)).toEqual(bodies(expected, MessageType.audio));
    expect(times(read, MessageType.video)).toEqual(times(expected, MessageType.video, firstTimestamp));
    const [heard, told] = [
      times(read, MessageType.audio),
      times(expected, MessageType.audio, firstTimestamp),
    ];
    // Counted in samples, and so at most a rounding away.
    for (const [at, time] of heard.entries()) expect(Math.abs(time - told[at]!)).toBeLessThanOrEqual(1);
    const [metadata, ...sequenceStarts] = index.headers(0);
    expect(metadata?.type).toBe(MessageType.dataAmf0);
    expect(sequenceStarts.map(({ payload }) => payload)).toEqual(headers.map(({ payload }) => payload));
    const sorted = read.map(({ timestamp }) => timestamp);
    expect(sorted).toEqual(sorted.toSorted((a, b) => a - b));
  }

  test("finished", () => {
    expectSame(fileOf(stream, true), frames);
  });

  test("not finished: all but the last fragment; repaired: the same", () => {
    const file = fileOf(stream, false);
    const read = messagesIn(file);
    const kept = [MessageType.video, MessageType.audio].flatMap((type) =>
      frames.filter((each) => each.type === type).slice(0, bodies(read, type).length),
    );
    expect(read.length).toBeGreaterThan(frames.length / 3);
    expectSame(file, kept);
    const { truncateTo, tail, patch, isFinished } = readAll(new Mp4Recovery(), file);
    expect(isFinished).toBe(false);
    expectSame(patched(joined([file.subarray(0, truncateTo), ...tail]), patch), kept);
  });
});
