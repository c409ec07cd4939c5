import { hex } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { parseAudioHeader } from "./audio-header.ts";
import { audioTrackData, videoTrackData } from "./track-data.ts";
import { parseVideoHeader } from "./video-header.ts";

const H264 = { trackId: 0, codec: "H.264" };
const HEVC = { trackId: 0, codec: "HEVC" };

describe("videoTrackData", () => {
  test.each([
    [
      "H.264 with a composition time",
      "17 01 000043 aabb",
      [{ ...H264, from: 5, to: 7, compositionTimeMs: 67 }],
    ],
    ["a negative composition time", "27 01 ffffff aa", [{ ...H264, from: 5, to: 6, compositionTimeMs: -1 }]],
    ["HEVC with id 12", "1c 01 000001 aa", [{ ...HEVC, from: 5, to: 6, compositionTimeMs: 1 }]],
    ["HEVC, coded frames", "91 68766331 000002 aa", [{ ...HEVC, from: 8, to: 9, compositionTimeMs: 2 }]],
    [
      "HEVC, without a composition time",
      "93 68766331 aa",
      [{ ...HEVC, from: 5, to: 6, compositionTimeMs: 0 }],
    ],
    ["HEVC, a configuration", "90 68766331 aa", [{ ...HEVC, from: 5, to: 6, compositionTimeMs: 0 }]],
    ["AV1", "91 61763031 aa", [{ trackId: 0, codec: "AV1", from: 5, to: 6, compositionTimeMs: 0 }]],
    [
      "two tracks",
      "96 11 68766331 00 000004 000003aa 01 000003 000004",
      [
        { ...HEVC, from: 13, to: 14, compositionTimeMs: 3 },
        { trackId: 1, codec: "HEVC", from: 21, to: 21, compositionTimeMs: 4 },
      ],
    ],
    ["a legacy codec of another layout", "12 aabb", []],
    ["H.264 cut off", "17 01 0000", []],
    ["HEVC cut off", "91 68766331 0000", []],
    ["nothing", "", []],
  ])("%s", (_, payload, expected) => {
    expect(videoTrackData(parseVideoHeader(hex(payload)), hex(payload))).toEqual(expected);
  });
});

describe("audioTrackData", () => {
  test.each([
    ["AAC", "af 01 aa", [{ trackId: 0, codec: "AAC", from: 2, to: 3, compositionTimeMs: 0 }]],
    ["MP3", "2f aa", [{ trackId: 0, codec: "MP3", from: 1, to: 2, compositionTimeMs: 0 }]],
    ["Opus", "91 4f707573 aa", [{ trackId: 0, codec: "Opus", from: 5, to: 6, compositionTimeMs: 0 }]],
    ["AAC cut off", "af", []],
    ["nothing", "", []],
  ])("%s", (_, payload, expected) => {
    expect(audioTrackData(parseAudioHeader(hex(payload)), hex(payload))).toEqual(expected);
  });
});
