import { hex } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { av1ConfigurationSize, av1PictureSize } from "./av1-picture-size.ts";
import { hevcPictureSize } from "./hevc-picture-size.ts";
import { keyframeSize } from "./keyframe-size.ts";
import type { PictureSize } from "./picture-size.ts";
import { parseVideoHeader } from "./video-header.ts";
import { vp9PictureSize } from "./vp9-picture-size.ts";

type Vector = readonly [size: string, what: string, bytes: string];

/** HEVCDecoderConfigurationRecords of libx265, which codes multiples of 8 and crops. */
const HEVC: readonly Vector[] = [
  [
    "322x182",
    "4:2:0",
    "0101600000009000000000003cf000fcfdf8f800000f03200001001840010c01ffff01600000030090000003000003003c959409210001002c42010101600000030090000003000003003ca00a880c1c44d965654a4c2f016808000003000800000300504022000100064401c073c189",
  ],
  [
    "1920x1080",
    "4:2:2, 10 bits",
    "0104080000009d080000000078f000fcfefafa00000f03200001001740010c01ffff0408000003009d08000003000078959409210001002c4201010408000003009d08000003000078b003c0801107c4b6595952930bc05a02000003000200000300141022000100064401c073c189",
  ],
  [
    "318x178",
    "4:4:4, two layers in time",
    "0104080000009e08000000003cf000fcfff8f800001303200001001b40010c02ffff0408000003009e0800000300003c00009594aca048210001002e4201020408000003009e0800000300003c00009001410183b8fcb2b295952930bc05a0200000030020000003014122000100084401c07318301890",
  ],
];

/** AV1CodecConfigurationRecords: of libsvtav1, and of libaom. */
const AV1: readonly Vector[] = [
  ["322x182", "libsvtav1", "81000c000a0b000000043d06d402f80040"],
  ["1920x1080", "libaom", "812800000a0e20000042abbfc3776be480868010"],
  ["321x181", "libaom, 4:4:4", "812000000a0a200000043d02d0daf902"],
];

/** The beginnings of keyframes of libvpx. */
const VP9: readonly Vector[] = [
  ["321x181", "profile 0", "824983420014000b460638241c184a000a805f7e"],
  ["322x182", "profile 1", "a2498342000282016ac0c7048383094001845f7d"],
  ["640x360", "profile 1, RGB", "a2498342e027f016760638241c184a1009785fc5"],
  ["1920x1080", "profile 3", "b124c1a10203bf821bb031c120e0c2c0c026805f"],
];

const CODECS: readonly (readonly [
  string,
  readonly Vector[],
  (bytes: Uint8Array) => PictureSize | undefined,
])[] = [
  ["HEVC", HEVC, hevcPictureSize],
  ["AV1", AV1, av1ConfigurationSize],
  ["VP9", VP9, vp9PictureSize],
];

describe.each(CODECS)("the size of pictures in %s", (_, vectors, read) => {
  test.each(vectors)("is %s: %s", (size, _what, bytes) => {
    const { width, height } = read(hex(bytes)) ?? {};
    expect(`${width}x${height}`).toBe(size);
  });

  test("is unknown or the same when bytes are cut off, and some size or none when they lie", () => {
    for (const [size, , bytes] of vectors) {
      const whole = hex(bytes);
      for (let length = 0; length < whole.length; length += 1) {
        const cut = read(whole.subarray(0, length));
        if (cut) expect(`${cut.width}x${cut.height}`).toBe(size);
      }
      expect(read(whole.subarray(0, 5))).toBeUndefined();
      for (let at = 0; at < whole.length; at += 1) {
        for (const value of [0, 0x55, 0xff]) {
          const broken = Uint8Array.from(whole);
          broken[at] = value;
          const lie = read(broken);
          if (lie) expect(Math.min(lie.width, lie.height)).toBeGreaterThan(0);
        }
      }
    }
    expect(read(new Uint8Array(1_000).fill(0xff))).toBeUndefined();
    expect(read(new Uint8Array(1_000).fill(0))).toBeUndefined();
  });
});

describe("the size that a keyframe says", () => {
  const FOURCC = (text: string) => Buffer.from(text).toString("hex");
  const ofMessage = (bytes: string) => {
    const payload = hex(bytes);
    return keyframeSize(parseVideoHeader(payload), payload);
  };
  const vp9 = VP9[1]![2];
  const sequenceHeader = AV1[0]![2].slice(8);

  test("is that of VP9 and AV1", () => {
    expect(ofMessage(`91 ${FOURCC("vp09")} ${vp9}`)).toEqual({ width: 322, height: 182 });
    expect(ofMessage(`91 ${FOURCC("av01")} 1200 ${sequenceHeader}`)).toEqual({ width: 322, height: 182 });
    expect(av1PictureSize(hex(`1200 ${sequenceHeader}`))).toEqual({ width: 322, height: 182 });
  });

  test("of several tracks is that of the lowest", () => {
    const track = (id: string, bytes: string) =>
      `${id} ${(bytes.length / 2).toString(16).padStart(6, "0")} ${bytes}`;
    const tracks = `${track("01", VP9[2]![2])} ${track("00", vp9)}`;
    expect(ofMessage(`96 11 ${FOURCC("vp09")} ${tracks}`)).toEqual({ width: 322, height: 182 });
  });

  test("is not looked for in other codecs, or behind the end", () => {
    expect(ofMessage(`91 ${FOURCC("hvc1")} 000000 ${vp9}`)).toBeUndefined();
    expect(ofMessage(`91 ${FOURCC("vp09")}`)).toBeUndefined();
    expect(ofMessage("17 01 000000 00000001")).toBeUndefined();
  });
});
