import { describe, expect, it } from "vitest";
import { avcPictureSize } from "./avc-picture-size.ts";

/** AVCDecoderConfigurationRecords as x264 writes them. */
const RECORDS: readonly (readonly [string, string])[] = [
  ["320x240", "0142c00bffe100186742c00bd90141fb011000000300100000030140f142a48001000568cb83cb20"],
  [
    "1920x1080",
    "01640028ffe1001b67640028acd940780227e5c044000003000400000300503c60c65801000668ebe3cb22c0fdf8f800",
  ],
  [
    "1280x720",
    "01f4001fffe1001a67f4001f919b280a00b76022000003000200000300281e30632c01000668ebe3c44844fff8f800",
  ],
  ["642x482", "014d4016ffe10019674d4016eca0521ff111180880000003008000000a078b16cb01000568ebe3cb20"],
  [
    "1080x1920",
    "01640028ffe1001b67640028acd94044078f2f8088000003000800000300a0f8b16cb001000668fba3cb22c0fdf8f800",
  ],
];

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));

describe("the size of pictures", () => {
  it.each(RECORDS)("%s is in the configuration: baseline, main, high, 4:4:4, interlaced", (size, record) => {
    const { width, height } = avcPictureSize(bytesOf(record))!;
    expect(`${width}x${height}`).toBe(size);
  });

  it("is unknown if the configuration is cut off, and any bytes are read in a moment", () => {
    for (const [, record] of RECORDS) {
      const whole = bytesOf(record);
      for (let length = 0; length < 20; length += 1)
        expect(avcPictureSize(whole.subarray(0, length))).toBeUndefined();
      for (let at = 8; at < whole.length; at += 1) {
        const broken = Uint8Array.from(whole);
        for (const value of [0, 0x55, 0xff]) {
          broken[at] = value;
          const size = avcPictureSize(broken);
          if (size) expect(Math.min(size.width, size.height)).toBeGreaterThan(0);
        }
      }
    }
    expect(avcPictureSize(new Uint8Array(1_000).fill(0))).toBeUndefined();
  });
});
