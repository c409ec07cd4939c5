import { hex } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { ac3Frame, eac3Sample, mp3Frame, samplesIn } from "./audio-frames.ts";
import { aacConfiguration } from "./audio-specific-config.ts";
import { describeAudio, describeVideo } from "./track-description.ts";
import { pictureSize } from "./video-sizes.ts";

const NOTHING = new Uint8Array(0);

describe("frames of sound", () => {
  test.each([
    ["MPEG 1, 44.1 kHz", "fffb9064", { sampleRate: 44_100, channels: 2, samples: 1152 }],
    ["MPEG 1, 48 kHz, mono", "fffb94c4", { sampleRate: 48_000, channels: 1, samples: 1152 }],
    ["MPEG 2, 22.05 kHz", "fff39064", { sampleRate: 22_050, channels: 2, samples: 576 }],
    ["MPEG 2.5, 8 kHz", "ffe398c4", { sampleRate: 8000, channels: 1, samples: 576 }],
    ["no sync word", "0ffb9064", undefined],
    ["a rate that does not exist", "fffb9c64", undefined],
    ["cut off", "ff", undefined],
  ])("MP3: %s", (_, frame, expected) => {
    expect(mp3Frame(hex(frame))).toEqual(expected);
  });

  test.each([
    ["20 ms of CELT", "fc", 960],
    ["2.5 ms", "80", 120],
    ["60 ms of SILK", "18", 2880],
    ["two frames of 20 ms", "fd", 1920],
    ["any number of frames", "ff03", 2880],
    ["nothing", "", undefined],
  ])("Opus: %s", (_, packet, samples) => {
    expect(samplesIn("Opus", hex(packet))).toBe(samples);
  });

  test.each([
    ["a common size", "fff8c918 00", 4096],
    ["192", "fff81918 00", 192],
    ["1152", "fff83918 00", 1152],
    ["8 bits of it", "fff86918 00 ff", 256],
    ["16 bits, behind a number of two bytes", "fff87918 c280 11ff", 0x1200],
    ["cut off", "fff87918 c280", undefined],
    ["no sync code", "00f87918", undefined],
  ])("FLAC: %s", (_, frame, samples) => {
    expect(samplesIn("FLAC", hex(frame))).toBe(samples);
  });

  test("AC-3: stereo, and 5.1", () => {
    expect(ac3Frame(hex("0b770000 1c 40 40"))).toMatchObject({
      sampleRate: 48_000,
      channels: 2,
      samples: 1536,
    });
    expect(ac3Frame(hex("0b770000 1c 40 e1"))).toMatchObject({ acmod: 7, lfeon: 1, channels: 6 });
    expect(ac3Frame(hex("0b770000 1c 80 40"))).toBeUndefined();
    expect(ac3Frame(hex("0b77"))).toBeUndefined();
  });

  test("E-AC-3: frames of two blocks add up, dependent substreams are counted", () => {
    const independent = "0b77 0003 14 80 0000";
    expect(eac3Sample(hex(independent + independent + independent))).toMatchObject({
      samples: 1536,
      dependent: 0,
    });
    expect(eac3Sample(hex(`${independent} 0b77 4003 14 80 0000`))).toMatchObject({
      samples: 512,
      dependent: 1,
    });
    expect(eac3Sample(hex("0b770003"))).toBeUndefined();
  });

  test.each([
    ["LC", "1190", { sampleRate: 48_000, channels: 2, samples: 1024 }],
    ["LC, 960 samples", "1194", { sampleRate: 48_000, channels: 2, samples: 960 }],
    ["HE, explicit: the rate of the core", "2b098800", { sampleRate: 24_000, channels: 1, samples: 1024 }],
    ["a rate in full", "1780 5dc0 10", { sampleRate: 48_000, channels: 2, samples: 1024 }],
    ["cut off", "11", undefined],
  ])("AAC: %s", (_, configuration, expected) => {
    expect(aacConfiguration(hex(configuration))).toEqual(expected);
  });
});

describe("picture sizes", () => {
  test("of HEVC are in its configuration", () => {
    // Of libx265, without the SEI behind the parameter sets.
    const configuration = hex(`
      0101600000009000000000003cf000fcfdf8f800000f03
      200001 0018 40010c01ffff01600000030090000003000003003c959009
      210001 002b 42010101600000030090000003000003003ca00a080c1f3e595912930bc05a020000030002000003003210
      220001 0006 4401c073c189`);
    expect(pictureSize("HEVC", configuration, NOTHING)).toEqual({ width: 320, height: 180 });
  });

  test("of AV1 are in its configuration, or in a keyframe", () => {
    const sequence = "0a0b000000043cfecc02f80040";
    const size = { width: 320, height: 180 };
    expect(pictureSize("AV1", hex(`81000c00 ${sequence}`), NOTHING)).toEqual(size);
    expect(pictureSize("AV1", hex("81000c00"), hex(`1200 ${sequence}`))).toEqual(size);
    expect(pictureSize("AV1", hex("81000c00"), hex("1200 0a0b"))).toBeUndefined();
  });

  test("of VP9 are in keyframes", () => {
    expect(pictureSize("VP9", NOTHING, hex("82 498342 0013f00b30"))).toEqual({ width: 320, height: 180 });
    expect(pictureSize("VP9", NOTHING, hex("86 498342 0013f00b30"))).toBeUndefined();
    expect(pictureSize("VP9", NOTHING, hex("82 498342"))).toBeUndefined();
  });
});

describe("descriptions of tracks", () => {
  test("need a configuration that makes sense", () => {
    expect(describeVideo("H.264", NOTHING, NOTHING)).toBeUndefined();
    expect(describeAudio("AAC", NOTHING, NOTHING)).toBeUndefined();
    expect(describeAudio("Opus", hex("4f70757348656164 01"), NOTHING)).toBeUndefined();
    expect(describeAudio("FLAC", hex("664c6143"), NOTHING)).toBeUndefined();
    expect(describeAudio("MP3", NOTHING, hex("00000000"))).toBeUndefined();
  });

  test("of FLAC have the blocks of metadata, whether the publisher sends them whole or STREAMINFO alone", () => {
    const info = `1000 1000 000000 000000 0bb802f0 00000000 ${"00".repeat(16)}`;
    const entries = [info, `664c6143 80000022 ${info}`].map(
      (configuration) => describeAudio("FLAC", hex(configuration), NOTHING)?.sampleEntry,
    );
    expect(entries[0]).toBeDefined();
    expect(entries[0]).toEqual(entries[1]);
  });

  test("of VP9 have the version once, whether the publisher sends it or not", () => {
    const record = "000a82020202 0000";
    const entries = [record, `01000000 ${record}`].map(
      (configuration) => describeVideo("VP9", hex(configuration), NOTHING)?.sampleEntry,
    );
    expect(entries[0]).toEqual(entries[1]);
  });
});
