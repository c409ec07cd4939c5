import { decodeAmf0Values, propertiesOf } from "@headgate/amf";
import { ProtocolError } from "@headgate/bytes";
import { parseAudioHeader } from "@headgate/flv";
import { hex, Random } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { feedFile, joined } from "./file.test.helper.ts";
import { MAX_JUNK_BYTES, MAX_READ_BYTES } from "./limits.ts";
import { Mp3Index } from "./mp3-index.ts";
import { Mp3Opening } from "./mp3-opening.ts";
import { readMpegAudioHeader } from "./mpeg-audio-header.ts";

/** A frame with this header: MPEG-1 at 44,100 Hz with 128 kbit/s, two channels. */
function frame(header = "fffb9064", fill = 0): Uint8Array {
  const bytes = hex(header);
  const whole = new Uint8Array(readMpegAudioHeader(bytes, 0)!.bytes).fill(fill);
  whole.set(bytes);
  return whole;
}

function frames(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => frame("fffb9064", i & 0x7f));
}

function opened(file: Uint8Array): Mp3Index {
  return feedFile(new Mp3Opening(), file).index;
}

describe("the header of a frame", () => {
  test.each([
    ["fffb9064", 417, 1152, 44_100, 2],
    ["fffb9264", 418, 1152, 44_100, 2],
    ["fffbe4c4", 960, 1152, 48_000, 1],
    ["fff3e8c4", 720, 576, 16_000, 1],
    ["ffe3e844", 1440, 576, 8_000, 2],
  ])("%s", (header, bytes, samples, sampleRate, channels) => {
    expect(readMpegAudioHeader(hex(header), 0)).toMatchObject({ bytes, samples, sampleRate, channels });
  });

  test.each(["fffb0064", "fffbf064", "fffb9c64", "fffd9064", "ffeb9064", "fefb9064", "fffb90", "494433"])(
    "%s is none",
    (header) => {
      expect(readMpegAudioHeader(hex(header), 0)).toBeUndefined();
    },
  );
});

describe("opening an MP3 file", () => {
  test("gives its frames as FLV has them, with their times", () => {
    const all = frames(100);
    const file = joined(all);
    const index = opened(file);
    expect([index.count, index.hasVideo, index.durationMs]).toEqual([100, false, 2612]);
    const message = index.message(
      50,
      file.subarray(index.position(50), index.position(50) + index.length(50)),
    );
    expect(message).toMatchObject({ type: 8, timestamp: 1306 });
    expect(message.payload).toEqual(joined([hex("2f"), all[50]!]));
    expect(parseAudioHeader(message.payload).tracks[0]!.codec).toBe("MP3");
    const [, metadata] = decodeAmf0Values(index.headers(0)[0]!.payload);
    expect(propertiesOf(metadata)).toMatchObject({ duration: 2.612, audiosamplerate: 44_100, stereo: true });
  });

  test.each([0, 1, 25, 26, 27, 1000, 1306, 1307, 99_999, -5])(
    "begins %i ms at the frame at or before it",
    (ms) => {
      const index = opened(joined(frames(100)));
      let expected = 0;
      while (expected + 1 < index.count && index.timestampMs(expected + 1) <= ms) expected += 1;
      expect(index.atOrBefore(ms)).toBe(expected);
    },
  );

  test("skips an ID3v2 tag with its footer, longer than what is read at once, and one of ID3v1 at the end", () => {
    const size = 2 * MAX_READ_BYTES;
    const digits = [21, 14, 7, 0].map((shift) => (size >> shift) & 0x7f);
    const head = Uint8Array.of(0x49, 0x44, 0x33, 4, 0, 0x10, ...digits);
    const picture = new Uint8Array(size + 10).fill(0xff);
    const last = joined([hex("544147"), new Uint8Array(125)]);
    const index = opened(joined([head, picture, ...frames(10), last]));
    expect([index.count, index.position(0)]).toEqual([10, size + 20]);
  });

  test("leaves out the frame in which an encoder tells of the file", () => {
    for (const [text, at] of [
      ["58696e67", 36],
      ["496e666f", 36],
      ["56425249", 36],
    ] as const) {
      const first = frame();
      first.set(hex(text), at);
      expect(opened(joined([first, ...frames(10)])).count).toBe(10);
    }
  });

  test("takes frames of any bit rate, and steps over other bytes between them", () => {
    const variable = ["fffb9064", "fffbe064", "fffb1064", "fffb9264"].map((header) => frame(header));
    const junk = new Uint8Array(3000).fill(0xff);
    const file = joined([...variable, junk, ...variable, hex("fff39064"), ...variable]);
    expect(opened(file).count).toBe(12);
    expect(opened(joined([hex("000000"), ...frames(5)])).count).toBe(5);
  });

  test("ends with the last whole frame, wherever the file is cut", () => {
    const file = joined(frames(6));
    for (let length = 3 * 417; length <= file.length; length += 1) {
      expect(opened(file.subarray(0, length)).count).toBe(Math.floor(length / 417));
    }
  });

  test.each([
    ["nothing", new Uint8Array(0)],
    ["an ID3v2 tag alone", hex("494433 0400 00 7f7f7f7f")],
    ["one frame among other bytes", joined([new Uint8Array(99), frame(), new Uint8Array(5000)])],
    ["other bytes for too long", joined([new Uint8Array(MAX_JUNK_BYTES + 1), ...frames(20)])],
  ])("%s is no MP3 file", (_, file) => {
    expect(() => opened(file)).toThrow(expect.objectContaining({ code: "MP3_INVALID" }));
  });

  test("refuses more frames than an index holds", () => {
    const opening = new Mp3Opening(new Mp3Index(2048));
    expect(() => feedFile(opening, joined(frames(3000)))).toThrow(
      expect.objectContaining({ code: "FILE_INDEX_EXCEEDED" }),
    );
  });

  test("opens or refuses any bytes", () => {
    const random = new Random(4);
    const file = joined(frames(20));
    for (let i = 0; i < 1000; i += 1) {
      const broken = new Uint8Array(file.subarray(0, random.below(file.length)));
      for (let changes = random.below(9); changes > 0 && broken.length > 0; changes -= 1) {
        broken[random.below(broken.length)] = random.u32();
      }
      try {
        const index = opened(broken);
        const last = index.count - 1;
        expect(index.position(last) + index.length(last)).toBeLessThanOrEqual(broken.length);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
      }
    }
  });
});
