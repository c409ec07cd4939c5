import { MessageType } from "@headgate/message";
import { hex, Random } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { readBoxes } from "./boxes.ts";
import { Fmp4Writer } from "./fmp4-writer.ts";
import {
  audioFrame,
  audioHeader,
  fileOf,
  joined,
  message,
  messagesIn,
  open,
  streamOf,
  videoFrame,
  videoHeader,
} from "./streams.test.helper.ts";

const random = new Random(7);

function video(timestamp: number, isKeyframe = false, compositionMs = 0) {
  return message(MessageType.video, timestamp, videoFrame(random, "H.264", isKeyframe, compositionMs));
}

function audio(timestamp: number) {
  return message(MessageType.audio, timestamp, audioFrame(random, "AAC"));
}

function writerOf(...messages: ReturnType<typeof video>[]): Fmp4Writer {
  const writer = new Fmp4Writer({ startedMs: 0 });
  for (const each of messages) writer.write(each);
  return writer;
}

function layoutOf(file: Uint8Array): string[] {
  return readBoxes(file).map(({ type }) => type);
}

describe("the file", () => {
  const stream = streamOf(new Random(3), { video: "H.264", audio: "AAC", seconds: 3 });

  test("is fragmented while it is written", () => {
    const fragments = ["moof", "mdat", "moof", "mdat"];
    expect(layoutOf(fileOf(stream, false))).toEqual(["ftyp", "free", "ftyp", "moov", ...fragments]);
  });

  test("is one mdat and its index when it is finished, with the same bytes between", () => {
    const [finished, unfinished] = [fileOf(stream, true), fileOf(stream, false)];
    expect(layoutOf(finished)).toEqual(["ftyp", "mdat", "moov"]);
    expect(finished.subarray(44, unfinished.length)).toEqual(unfinished.subarray(44));
  });

  test("counts its bytes and its time", () => {
    const writer = writerOf(...stream);
    const held = writer.bytes;
    const taken = joined(writer.take());
    expect(writer.bytes).toBe(held);
    expect(held).toBeGreaterThan(taken.length);
    expect(writer.take()).toEqual([]);
    expect(writer.durationMs).toBeGreaterThanOrEqual(2990);
    expect(writer.durationMs).toBeLessThanOrEqual(3030);
    const { tail } = writer.finish();
    expect(writer.bytes).toBe(taken.length + joined(tail).length);
  });

  test("without a frame is nothing", () => {
    const writer = writerOf(videoHeader("H.264"), audioHeader("AAC"));
    expect(writer.take()).toEqual([]);
    expect(writer.finish()).toEqual({ tail: [], patch: { position: 0, bytes: new Uint8Array(0) } });
    expect(writer.bytes).toBe(0);
  });

  test("has fragments that begin with keyframes, and others after a second", () => {
    const frames = Array.from({ length: 100 }, (_, at) => video(at * 40, at % 60 === 0));
    const writer = writerOf(videoHeader("H.264"), ...frames);
    writer.finish();
    const index = open(fileOf([videoHeader("H.264"), ...frames], false));
    // 0 to 1, to 2, to the keyframe at 2.4, to 3.4.
    expect(index.count).toBe(85);
  });

  test("of nothing but keyframes has no fragment for each", () => {
    const frames = Array.from({ length: 101 }, (_, at) => video(at * 40, true));
    const boxes = layoutOf(fileOf([videoHeader("H.264"), ...frames], false));
    expect(boxes.filter((type) => type === "moof").length).toBe(7);
  });
});

describe("times", () => {
  function messages(...frames: ReturnType<typeof video>[]) {
    return messagesIn(fileOf([videoHeader("H.264"), audioHeader("AAC"), ...frames], true));
  }

  test("begin at 0 with the first frame, whichever it is, and go on where timestamps begin again", () => {
    const read = messages(audio(0xffff_fff6), video(0, true), audio(11), video(40));
    expect(read.map(({ timestamp }) => timestamp)).toEqual([0, 10, 21, 50]);
  });

  test("of pictures rise even if timestamps do not", () => {
    const read = messages(video(0, true), audio(0), video(40), video(40), video(30), video(80));
    const pictures = read.filter(({ type }) => type === MessageType.video);
    expect(pictures.map(({ timestamp }) => timestamp)).toEqual([0, 40, 40, 40, 80]);
  });

  test("of sound are counted in samples, and begin again where timestamps are off by more than two frames", () => {
    const jitter = [0, 30, 35, 70, 80, 100, 400, 420];
    const read = messages(video(0, true), ...jitter.map(audio));
    const heard = read.filter(({ type }) => type === MessageType.audio);
    expect(heard.map(({ timestamp }) => timestamp)).toEqual([0, 21, 43, 64, 85, 107, 400, 421]);
  });

  test("of pictures with negative composition times say when they are shown", () => {
    const negative = message(MessageType.video, 40, hex("27 01 ffffd8 00000001 41"));
    const read = messages(video(0, true, 40), audio(0), negative);
    const shown = read.map(({ type, timestamp, payload }) =>
      type === MessageType.video ? `${timestamp} + ${Buffer.from(payload).readIntBE(2, 3)}` : `${timestamp}`,
    );
    // Pictures are decoded earlier by as much as the composition times are below 0, and shown as before.
    expect(shown).toEqual(["0 + 80", "40 + 0", "40"]);
  });
});

describe("tracks", () => {
  test("that come within two seconds are in the file", () => {
    const frames = Array.from({ length: 50 }, (_, at) => video(at * 40, at % 25 === 0));
    const stream = [
      videoHeader("H.264"),
      ...frames.slice(0, 40),
      audioHeader("AAC"),
      audio(1600),
      ...frames.slice(40),
    ];
    const writer = new Fmp4Writer({ startedMs: 0 });
    for (const each of stream) {
      expect(writer.needsNewFile(each)).toBe(false);
      writer.write(each);
    }
    expect(messagesIn(fileOf(stream, true)).length).toBe(51);
  });

  test("that are configured have a place, whenever they come", () => {
    const late = [
      videoHeader("H.264"),
      audioHeader("AAC"),
      video(0, true),
      video(2000),
      video(4000),
      audio(4001),
    ];
    const writer = writerOf(...late.slice(0, -1));
    expect(writer.needsNewFile(late.at(-1)!)).toBe(false);
    expect(messagesIn(fileOf(late, true)).length).toBe(4);
  });

  test("that come later need a new file", () => {
    const writer = writerOf(videoHeader("H.264"), video(0, true), video(2000), audioHeader("AAC"));
    expect(writer.needsNewFile(audio(2001))).toBe(true);
    const other = writerOf(audioHeader("AAC"), audio(0), audio(1000), audio(2000), videoHeader("H.264"));
    expect(other.needsNewFile(video(2001))).toBe(false);
    expect(other.needsNewFile(video(2001, true))).toBe(true);
  });

  test("of which no frame came are not in the finished file", () => {
    const file = fileOf([videoHeader("H.264"), audioHeader("AAC"), video(0, true), video(2000)], true);
    expect(open(file).headers(0).length).toBe(2);
  });

  test("beside the first of their kind are left out, and told", () => {
    const second = hex("96 01 61766331 01 000000 00000001 65");
    const writer = writerOf(videoHeader("H.264"), video(0, true), message(MessageType.video, 10, second));
    expect([...writer.otherTracks]).toEqual(["video 1 (H.264)"]);
    expect(writer.needsNewFile(message(MessageType.video, 20, second))).toBe(false);
  });
});

describe("other ways to carry the same", () => {
  const avcC = "0142c00bffe100186742c00bd90141fb011000000300100000030140f142a48001000568cb83cb20";
  const hvcC = "01016000000090000000000000 3c f000fcfdf8f800000f 00";

  test.each([
    [
      "HEVC with id 12",
      [`1c 00 000000 ${hvcC}`, "1c 01 000028 00000002 2601"],
      "91 68766331 000028 00000002 2601",
    ],
    ["AV1 with id 13", ["1d 00 000000 81000c00", "1d 01 000000 1200 3202 10aa"], "91 61763031 3202 10aa"],
    ["enhanced H.264", [`90 61766331 ${avcC}`, "91 61766331 000028 00000001 65"], "17 01 000028 00000001 65"],
    [
      "two tracks, of which the first is kept",
      [
        `96 00 61766331 00 ${avcC}`,
        "96 11 61766331 00 000008 000000 00000001 65 01 000008 000000 00000001 65",
      ],
      "17 01 000000 00000001 65",
    ],
    [
      "a modifier",
      [`17 00 000000 ${avcC}`, "97 02 000001 01 61766331 000000 00000001 65"],
      "17 01 000000 00000001 65",
    ],
  ])("of pictures: %s", (_, payloads, expected) => {
    const stream = payloads.map((payload) => message(MessageType.video, 0, hex(payload)));
    expect(messagesIn(fileOf(stream, true)).map(({ payload }) => payload)).toEqual([hex(expected)]);
  });

  test.each([
    ["enhanced AAC", ["90 6d703461 1190", "91 6d703461 2100"], "af 01 2100"],
    ["enhanced MP3", ["91 2e6d7033 fffb9064 00"], "2f fffb9064 00"],
    ["MP3 at 8 kHz", ["ef fffb9064 00"], "2f fffb9064 00"],
  ])("of sound: %s", (_, payloads, expected) => {
    const stream = payloads.map((payload) => message(MessageType.audio, 0, hex(payload)));
    expect(messagesIn(fileOf(stream, true)).map(({ payload }) => payload)).toEqual([hex(expected)]);
  });
});

describe("another configuration", () => {
  const writer = writerOf(videoHeader("H.264"), audioHeader("AAC"), video(0, true), audio(0));
  const other = hex("17 00 000000 01 640028 ff e1 0004 67640028 01 0004 68ce0fc8");

  test("needs a new file; the same again does not", () => {
    expect(writer.needsNewFile(videoHeader("H.264"))).toBe(false);
    expect(writer.needsNewFile(message(MessageType.video, 10, other))).toBe(true);
    expect(writer.needsNewFile(message(MessageType.audio, 10, hex("af 00 1210")))).toBe(true);
    expect(writer.needsNewFile(message(MessageType.audio, 10, hex("af 00 0000")))).toBe(false);
    expect(writer.needsNewFile(videoHeader("HEVC"))).toBe(true);
  });

  test("leaves frames out until the first is back", () => {
    const stream = [
      ...[videoHeader("H.264"), audioHeader("AAC"), video(0, true), audio(0)],
      ...[message(MessageType.video, 40, other), video(40, true), videoHeader("H.264"), video(80, true)],
    ];
    expect(messagesIn(fileOf(stream, true)).map(({ timestamp }) => timestamp)).toEqual([0, 0, 80]);
  });

  test("of MP3 is told by its frames", () => {
    const mp3 = (header: string) => message(MessageType.audio, 0, joined([hex(header), random.bytes(30)]));
    const mp3Writer = writerOf(
      mp3("2f fffb9064"),
      message(MessageType.audio, 2000, mp3("2f fffb9064").payload),
    );
    expect(mp3Writer.needsNewFile(mp3("2f fffb9064"))).toBe(true);
    const next = { ...mp3("2f fffb9064"), timestamp: 2026 };
    expect(mp3Writer.needsNewFile(next)).toBe(false);
    expect(mp3Writer.needsNewFile({ ...mp3("2f fffb9464"), timestamp: 2026 })).toBe(true);
  });

  test("is one where timestamps jump", () => {
    expect(writer.needsNewFile(video(10_000, true))).toBe(false);
    expect(writer.needsNewFile(video(4_000_000, true))).toBe(true);
    expect(writer.needsNewFile(video(-2000 >>> 0, true))).toBe(true);
  });
});

test("pictures that come back after an hour of sound need a new file", () => {
  const writer = writerOf(videoHeader("H.264"), audioHeader("AAC"), video(0, true), audio(0));
  for (let hours = 1; hours < 4; hours += 1) writer.write(audio(hours * 3_000_000));
  expect(writer.needsNewFile(audio(9_000_021))).toBe(false);
  expect(writer.needsNewFile(video(9_000_021, true))).toBe(true);
});

describe("what MP4 does not hold", () => {
  test.each([
    ["Speex", MessageType.audio, "b2 00", "Speex"],
    ["VP8", MessageType.video, "91 76703038 00", "VP8"],
    ["Sorenson", MessageType.video, "12 00", "Sorenson H.263"],
    ["AAC", MessageType.audio, "af 01 00", undefined],
    ["silence", MessageType.audio, "", undefined],
    ["data", MessageType.dataAmf0, "02 0001 61", undefined],
  ])("%s", (_, type, payload, codec) => {
    const writer = new Fmp4Writer({ startedMs: 0 });
    const each = message(type, 0, hex(payload));
    expect(writer.canHold(each)).toBe(codec === undefined);
    expect(writer.needsNewFile(each)).toBe(false);
    writer.write(each);
    expect(writer.unsupported).toBe(codec);
  });
});
