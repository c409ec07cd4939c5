import { ProtocolError } from "@headgate/bytes";
import { hex, Random } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { BoxWriter } from "./box-writer.ts";
import { readBoxes } from "./boxes.ts";
import type { Mp4Index } from "./mp4-index.ts";
import { Mp4Opening } from "./mp4-opening.ts";
import { SampleTable } from "./sample-table.ts";
import { writeSampleTables } from "./sample-table-boxes.ts";
import { readSampleTables } from "./sample-tables.ts";
import { doAll } from "./steps.ts";
import { fileOf, joined, open, readAll, streamOf } from "./streams.test.helper.ts";

const STREAM = streamOf(new Random(5), { video: "H.264", audio: "AAC", seconds: 4 });
const FINISHED = fileOf(STREAM, true);
const UNFINISHED = fileOf(STREAM, false);

function codeOf(file: Uint8Array, maxReads?: number): string | undefined {
  try {
    readAll(new Mp4Opening(), file, maxReads);
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

/** Of `stsc`: every chunk has more samples than the file has bytes. */
const ONE_RUN = "00000001 00000001 00010000";

/** The file with other fields in the first box of this type, from an offset of its body on. */
function withFields(file: Uint8Array, type: string, at: number, fields: string): Uint8Array {
  const copy = file.slice();
  const found = Buffer.from(copy.buffer).lastIndexOf(type, undefined, "latin1");
  if (found < 0) throw new Error(`no ${type}`);
  copy.set(hex(fields), found + 4 + at);
  return copy;
}

describe("an index", () => {
  const index = open(FINISHED);

  test("finds the keyframe at or before a time", () => {
    const found = [-5, 0, 1, 999, 1000, 1001, 3999, 1e9].map((ms) => index.timestampMs(index.atOrBefore(ms)));
    expect(found).toEqual([0, 0, 0, 0, 1000, 1000, 3000, 3000]);
  });

  test("of sound alone begins anywhere", () => {
    const sound = open(fileOf(streamOf(new Random(2), { audio: "AAC", seconds: 2 }), true));
    expect(sound.hasVideo).toBe(false);
    expect(sound.timestampMs(sound.atOrBefore(1000))).toBe(981);
    expect(sound.timestampMs(sound.atOrBefore(-1))).toBe(0);
  });

  test("has headers with the time of the message, and the duration", () => {
    const headers = index.headers(index.atOrBefore(2000));
    expect(headers.map(({ timestamp }) => timestamp)).toEqual([2000, 2000, 2000]);
    const metadata = Buffer.from(headers[0]!.payload);
    expect(metadata.subarray(3, 13).toString()).toBe("onMetaData");
    const at = metadata.indexOf("duration") + 9;
    expect(metadata.readDoubleBE(at)).toBeCloseTo(index.durationMs / 1000);
    expect(metadata.includes("width")).toBe(true);
  });

  test("is read with few reads", () => {
    expect(codeOf(FINISHED, 8)).toBeUndefined();
    expect(codeOf(UNFINISHED, 8)).toBeUndefined();
  });
});

describe("files of others", () => {
  const boxes = readBoxes(FINISHED);
  const moov = boxes.find(({ type }) => type === "moov")!;

  /** `moov` in front, and so all positions later by its length. */
  function fastStart(): Uint8Array {
    const moved = moov.whole.slice();
    const view = new DataView(moved.buffer);
    for (let at = 0; at < moved.length - 4; at += 1) {
      if (view.getUint32(at) !== 0x636f3634) continue;
      const count = view.getUint32(at + 8);
      for (let each = 0; each < count; each += 1) {
        const field = at + 12 + 8 * each + 4;
        view.setUint32(field, view.getUint32(field) + moved.length);
      }
    }
    return joined([boxes[0]!.whole, moved, ...boxes.slice(1, -1).map(({ whole }) => whole)]);
  }

  test("with moov in front have the same", () => {
    const [moved, here] = [open(fastStart()), open(FINISHED)];
    expect(moved.count).toBe(here.count);
    expect(moved.position(5)).toBe(here.position(5) + moov.whole.length);
  });

  test("with moov in front, cut off, have what is there", () => {
    const file = fastStart();
    const half = open(file.subarray(0, file.length / 2));
    expect(half.count).toBeGreaterThan(open(file).count / 5);
    expect(half.count).toBeLessThan(open(file).count * 0.7);
    for (let i = 0; i < half.count; i += 1) {
      expect(half.position(i) + half.length(i)).toBeLessThanOrEqual(file.length / 2);
    }
  });

  test("with an mdat that has no end are read to the end of the file", () => {
    const file = fastStart();
    const mdat = boxes[0]!.whole.length + moov.whole.length;
    const endless = joined([
      file.subarray(0, mdat),
      hex("00000008 66726565 00000000 6d646174"),
      file.subarray(mdat + 16),
    ]);
    expect(open(endless).count).toBe(open(file).count);
  });
});

test("positions beyond 4 GiB are read, in fragments and in the tables of an index", () => {
  const gap = 5 * 2 ** 30;
  const header = new BoxWriter().u32(1).text("free").u64(gap).finish();
  /** The file with so much of nothing in front of it. */
  function openBehind(file: Uint8Array): Mp4Index {
    const opening = new Mp4Opening();
    while (opening.wants) {
      const { position, length } = opening.wants;
      const inGap = position < gap ? joined([header, new Uint8Array(length - header.length)]) : undefined;
      opening.feed(inGap ?? file.slice(position - gap, position - gap + length));
    }
    return opening.index;
  }
  const index = openBehind(UNFINISHED);
  expect(index.count).toBe(open(UNFINISHED).count);
  expect(index.position(9)).toBe(open(UNFINISHED).position(9) + gap);

  const table = new SampleTable();
  table.beginChunk(gap);
  table.add(5, 1, 0, true);
  const writer = new BoxWriter();
  doAll(writeSampleTables(writer, table));
  const positions: number[] = [];
  readSampleTables("video", readBoxes(writer.finish()), 2 * gap, {
    reserve: () => {},
    add: ({ position }) => positions.push(position),
  });
  expect(positions).toEqual([gap]);
});

describe("hostile files", () => {
  const endless = new BoxWriter().u32(1).text("moov").u32(0x0010_0000).u32(0).finish();

  test.each([
    ["nothing", new Uint8Array(0), "MP4_INVALID"],
    ["noise", new Random(1).bytes(100_000), "MP4_INVALID"],
    ["an FLV file", hex("464c5601 05 00000009 00000000"), "MP4_INVALID"],
    ["no moov", FINISHED.subarray(0, 60), "MP4_INVALID"],
    ["a moov of petabytes", joined([endless, new Uint8Array(100)]), "MP4_LIMIT_EXCEEDED"],
    [
      "boxes of nothing",
      new Uint8Array(8 * 2 ** 21).map((_, at) => [0, 0, 0, 8, 102, 114, 101, 101][at % 8]!),
      "MP4_LIMIT_EXCEEDED",
    ],
    ["a size within the header", joined([hex("00000007 66726565"), FINISHED]), "MP4_INVALID"],
    ["a timescale of 0", withFields(FINISHED, "mdhd", 20, "00000000"), "MP4_INVALID"],
    ["a child longer than its parent", withFields(FINISHED, "mdhd", -8, "7fffffff"), "MP4_INVALID"],
    [
      "other codecs",
      withFields(withFields(FINISHED, "avc1", -4, "61626364"), "mp4a", -4, "61626364"),
      "MP4_UNSUPPORTED",
    ],
    ["a trun of billions", withFields(UNFINISHED, "trun", 4, "ffffffff"), "MP4_INVALID"],
  ])("%s", (_, file, code) => {
    expect(codeOf(file)).toBe(code);
  });

  test.each([
    ["sizes", withFields(FINISHED, "stsz", 8, "ffffffff")],
    ["durations", withFields(FINISHED, "stts", 4, "ffffffff")],
    ["chunks", withFields(FINISHED, "co64", 4, "ffffffff")],
    ["samples of a chunk", withFields(FINISHED, "stsc", 12, "ffffffff")],
  ])("more %s than bytes for them are not believed", (_, file) => {
    expect(open(file).count).toBeGreaterThan(0);
  });

  test("samples that are all alike are believed as far as the file goes, and not twice", () => {
    expect(codeOf(withFields(FINISHED, "stsz", 4, "00000001 ffffffff"))).toBeUndefined();
    const twice = withFields(withFields(FINISHED, "stsz", 4, "00000001 ffffffff"), "stsc", 4, ONE_RUN);
    expect(codeOf(twice)).toBe("MP4_INVALID");
  });

  /** A fragment whose track has `runs` runs of billions of samples of one byte each. */
  function uniformRuns(trackId: number, offset: number, runs: number): Uint8Array {
    const writer = new BoxWriter().open("moof").open("traf");
    writer.openFull("tfhd", 0, 0x02_0010).u32(trackId).u32(1).close();
    for (let left = runs; left > 0; left -= 1)
      writer.openFull("trun", 0, 1).u32(0xffff_ffff).u32(offset).close();
    return writer.close().close().open("mdat").zeroes(100).close().finish();
  }

  test.each([
    ["of a track", 1, 0, 1, undefined],
    ["of a track, again and again", 1, 0, 9000, "MP4_INVALID"],
    ["of no track, again and again", 99, 0, 9000, "MP4_INVALID"],
    ["before the file", 1, 0x8000_0000, 9000, undefined],
    ["behind the file", 1, 0x7fff_ffff, 9000, undefined],
  ])("runs of samples that are all alike: %s", (_, trackId, offset, runs, code) => {
    expect(codeOf(joined([UNFINISHED, uniformRuns(trackId, offset, runs)]))).toBe(code);
  });

  test("any byte of the index may be anything", () => {
    const random = new Random(9);
    const at = FINISHED.length - readBoxes(FINISHED).at(-1)!.whole.length;
    for (let round = 0; round < 3000; round += 1) {
      const file = FINISHED.slice();
      for (let changes = 1 + random.below(3); changes > 0; changes -= 1) {
        file[at + random.below(file.length - at)] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
      }
      codeOf(file);
    }
  });
});
