import { decodeAmf0Values, encodeAmf0Values, propertiesOf } from "@headgate/amf";
import { describe, expect, test } from "vitest";
import {
  AAC_HEADER,
  AVC_HEADER,
  data,
  fileOf,
  joined,
  opened,
  soundOnly,
  stream,
  tagsOf,
} from "./file.test.helper.ts";
import { type ExcerptStart, flvExcerpt } from "./flv-excerpt.ts";
import { FlvIndex } from "./flv-index.ts";

const METADATA = data(0, encodeAmf0Values(["onMetaData", { width: 320, duration: 10 }]));
const FILE = fileOf([METADATA, ...stream(10, 60_000)]);

function excerptOf(file: Uint8Array, start: ExcerptStart) {
  const { head, position, end } = flvExcerpt(opened(file).index, start)!;
  const excerpt = joined([head, file.subarray(position, end)]);
  const [metadata, ...tags] = tagsOf(excerpt);
  // biome-ignore lint/suspicious/noExplicitAny: values of any kind
  const values = propertiesOf(decodeAmf0Values(metadata!.payload)[1]) as any;
  return { excerpt, values, tags };
}

describe("a part of a file", () => {
  test("begins with sequence headers and the keyframe at or before the time", () => {
    const { values, tags, excerpt } = excerptOf(FILE, { positionMs: 3_500 });
    expect(tags.slice(0, 2).map(({ payload }) => payload)).toEqual([AVC_HEADER, AAC_HEADER]);
    expect(tags.slice(0, 3).map(({ timestamp }) => timestamp)).toEqual([63_000, 63_000, 63_000]);
    expect(values).toMatchObject({ width: 320, duration: 7 });
    expect(values.keyframes.times).toEqual([63, 64, 65, 66, 67, 68, 69]);
    for (const position of values.keyframes.filepositions) {
      expect([excerpt[position], excerpt[position + 11]]).toEqual([9, 0x17]);
    }
    expect(tags).toHaveLength(2 + 7 * 50);
  });

  test("begins at the keyframe at or before a position, which need not be that of a tag", () => {
    const { index } = opened(FILE);
    const position = index.tagPosition(index.atOrBefore(4000));
    for (const [off, seconds] of [
      [0, 64],
      [1, 64],
      [-1, 63],
    ] as const) {
      const { values } = excerptOf(FILE, { position: position + off });
      expect(values.keyframes.times[0]).toBe(seconds);
    }
    expect(excerptOf(FILE, { position: 0 }).values.duration).toBe(10);
    expect(excerptOf(FILE, { position: 2 ** 40 }).values.duration).toBe(1);
  });

  test("begins at any sound of a file without pictures", () => {
    const { values, tags } = excerptOf(fileOf(soundOnly(5)), { positionMs: 2_510 });
    expect(tags[0]!.payload).toEqual(AAC_HEADER);
    expect(tags[1]!.timestamp).toBe(2_500);
    expect(values.keyframes.times).toEqual([2.5, 3.5, 4.5]);
  });

  test("is nothing of nothing", () => {
    expect(flvExcerpt(new FlvIndex(), { positionMs: 0 })).toBeUndefined();
  });
});
