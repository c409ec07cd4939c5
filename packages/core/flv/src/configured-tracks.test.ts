import { hex } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { parseAudioHeader } from "./audio-header.ts";
import { configuredTracks } from "./configured-tracks.ts";
import { parseVideoHeader } from "./video-header.ts";

const HVC1 = "68766331";

describe("configuredTracks", () => {
  test.each([
    ["AVC", "17 00 000000 0164"],
    ["HEVC by FourCC", `90 ${HVC1} 01`],
    ["one track", `96 00 ${HVC1} 00 01`],
  ])("are all of a video configuration: %s", (_, bytes) => {
    const payload = hex(bytes);
    const tracks = configuredTracks("video", parseVideoHeader(payload), payload);
    expect(tracks.map(({ trackId }) => trackId)).toEqual([0]);
  });

  test.each([
    ["nothing behind the packet type", "17 00"],
    ["nothing behind the composition time", "17 00 000000"],
    ["a composition time alone", "17 00 000001"],
    ["zeroes", "17 00 000000 00000000"],
    ["nothing behind the FourCC", `90 ${HVC1}`],
    ["nothing behind the track id", `96 00 ${HVC1} 00`],
  ])("are none of an empty one: %s", (_, bytes) => {
    const payload = hex(bytes);
    expect(configuredTracks("video", parseVideoHeader(payload), payload)).toEqual([]);
  });

  test("are those of several tracks whose part is not empty", () => {
    const payload = hex(`96 10 ${HVC1} 00 000000 01 000001 aa 02 000001 00`);
    const tracks = configuredTracks("video", parseVideoHeader(payload), payload);
    expect(tracks.map(({ trackId }) => trackId)).toEqual([1]);
  });

  test.each([
    ["AAC", "af 00 1210", 1],
    ["AAC, nothing", "af 00", 0],
    ["AAC, a zero", "af 00 00", 0],
    ["Opus", "90 4f707573 4f", 1],
    ["Opus, nothing", "90 4f707573", 0],
    ["several tracks", "95 10 4f707573 00 000001 4f 01 000000", 1],
  ])("of audio: %s", (_, bytes, count) => {
    const payload = hex(bytes);
    expect(configuredTracks("audio", parseAudioHeader(payload), payload)).toHaveLength(count);
  });
});
