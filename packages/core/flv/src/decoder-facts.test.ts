import { describe, expect, it } from "vitest";
import { parseAudioHeader } from "./audio-header.ts";
import { audioFacts, videoFacts } from "./decoder-facts.ts";
import { parseVideoHeader } from "./video-header.ts";

const FOURCC = (text: string) => [...text].map((letter) => letter.charCodeAt(0));

function ofVideo(...bytes: number[]) {
  const payload = Uint8Array.from(bytes);
  const { enhanced, tracks } = parseVideoHeader(payload);
  return { codec: tracks[0]!.codec, ...videoFacts(tracks[0]!, enhanced, payload) };
}

function ofAudio(...bytes: number[]) {
  const payload = Uint8Array.from(bytes);
  const { enhanced, tracks } = parseAudioHeader(payload);
  return { codec: tracks[0]!.codec, ...audioFacts(tracks[0]!, enhanced, payload) };
}

describe("a video decoder's configuration", () => {
  it.each([
    ["H.264", [0x17, 0, 0, 0, 0, 1, 100, 0, 31], "High", "3.1"],
    ["H.264", [0x90, ...FOURCC("avc1"), 1, 66, 0xc0, 40], "Baseline", "4.0"],
    ["H.264", [0x17, 0, 0, 0, 0, 1, 9, 0, 30], undefined, "3.0"],
    ["HEVC", [0x90, ...FOURCC("hvc1"), 1, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 93], "Main 10", "3.1"],
    ["AV1", [0x90, ...FOURCC("av01"), 0x81, 0x08], "Main", "4.0"],
    ["VP9", [0x90, ...FOURCC("vp09"), 1, 0, 0, 0, 2, 31], "2", "3.1"],
  ])("of %s %j has its profile and level", (codec, bytes, profile, level) => {
    expect(ofVideo(...bytes)).toEqual({ codec, profile, level });
  });

  it("of several tracks is the lowest one's", () => {
    const body = (profile: number) => [1, profile, 0, 31];
    const tracks = [1, 0, 0, 4, ...body(77), 0, 0, 0, 4, ...body(100)];
    expect(ofVideo(0x96, 0x10, ...FOURCC("avc1"), ...tracks)).toMatchObject({ profile: "High" });
  });
});

describe("an audio decoder's configuration", () => {
  it.each([
    ["AAC", [0xaf, 0, 0x12, 0x10], "LC", 44_100, 2],
    ["AAC", [0xaf, 0, 0x11, 0x90], "LC", 48_000, 2],
    ["AAC", [0xaf, 0, 0x2b, 0x09, 0x88, 0], "HE", 48_000, 1],
    ["AAC", [0x90, ...FOURCC("mp4a"), 0x11, 0xb8], "LC", 48_000, 8],
    [
      "Opus",
      [0x90, ...FOURCC("Opus"), ...FOURCC("OpusHead"), 1, 2, 0, 0, 0x80, 0xbb, 0, 0],
      undefined,
      48_000,
      2,
    ],
    ["MP3", [0x2f, 0xff], undefined, undefined, undefined],
  ])("of %s %j has its profile, rate and channels", (codec, bytes, profile, sampleRate, channels) => {
    expect(ofAudio(...bytes)).toEqual({ codec, profile, sampleRate, channels });
  });
});

it("a configuration that is cut off says nothing, and does not throw", () => {
  const whole = [0x17, 0, 0, 0, 0, 1, 100, 0, 31];
  for (let length = 1; length < whole.length; length += 1)
    expect(ofVideo(...whole.slice(0, length))).toMatchObject({ profile: undefined, level: undefined });
  expect(ofAudio(0xaf, 0)).toMatchObject({ sampleRate: undefined });
  expect(ofAudio(0xaf, 0, 0xff, 0xff)).toMatchObject({ profile: undefined });
});
