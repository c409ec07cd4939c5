import { hex, Random } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { isKeyPicture, MAX_UNITS_LOOKED_AT } from "./picture-data.ts";
import { parseVideoHeader } from "./video-header.ts";

type Case = readonly [name: string, codec: string, bytes: string];

const keyPictures: readonly Case[] = [
  ["an IDR slice", "H.264", "00000002 6588"],
  [
    "an IDR slice behind delimiter, parameter sets and SEI",
    "H.264",
    "00000002 09f0 00000002 6764 00000001 68 00000001 06 00000002 6588",
  ],
  ["an IDR slice behind an empty unit", "H.264", "00000000 00000002 6588"],
  ["IDR_W_RADL", "HEVC", "00000003 260188"],
  ["CRA behind parameter sets", "HEVC", "00000002 4001 00000002 4201 00000002 4401 00000003 2a0188"],
  ["BLA", "HEVC", "00000003 200188"],
  ["IDR_W_RADL", "VVC", "00000003 003988"],
  ["CRA", "VVC", "00000003 004988"],
  ["a frame behind delimiter and sequence header", "AV1", "1200 0a020011 320210aa"],
  ["a frame header with extension and a long size", "AV1", "1200 1e00 8100 10"],
  ["a frame to the end of the data", "AV1", "30 10aa"],
  ["frame type 0", "VP9", "8249834200"],
  ["frame type 0 in profile 3", "VP9", "b0498342"],
  ["the lowest bit 0 and a start code", "VP8", "1002009d012a"],
];

const others: readonly Case[] = [
  ["a slice", "H.264", "00000002 419a"],
  ["parameter sets alone", "H.264", "00000002 6764 00000001 68"],
  ["a slice before an IDR slice", "H.264", "00000002 419a 00000002 6588"],
  ["a unit cut off before its type", "H.264", "00000002"],
  ["an IDR slice that goes beyond the end", "H.264", "00000003 6588"],
  ["a unit beyond the end before another", "H.264", "ffffffff 09 00000002 6588"],
  ["a trailing picture", "HEVC", "00000003 020188"],
  ["a leading picture", "HEVC", "00000003 120188"],
  ["a trailing picture", "VVC", "00000003 000188"],
  ["an inter frame", "AV1", "1200 320230aa"],
  ["a frame shown again", "AV1", "1200 1a0180"],
  ["a sequence header alone", "AV1", "0a020011"],
  ["a size without end", "AV1", "12ffffffffffffffffffff"],
  ["frame type 1", "VP9", "8649834200"],
  ["a frame shown again", "VP9", "8800"],
  ["no frame marker", "VP9", "00498342"],
  ["the lowest bit 1", "VP8", "1102009d012a"],
  ["no start code", "VP8", "100200000000"],
  ["a picture of a codec that is not known yet", "evc1", "00000002 6588"],
];

const isKey = ([, codec, bytes]: Case): boolean => {
  const payload = hex(bytes);
  return isKeyPicture(codec, payload, 0, payload.length);
};

describe("isKeyPicture", () => {
  test.each(keyPictures)("finds %s of %s", (...each) => expect(isKey(each)).toBe(true));
  test.each(others)("does not take %s of %s for a key frame", (...each) => expect(isKey(each)).toBe(false));

  test("looks no further than at so many units, so that a message without slices costs little", () => {
    const behind = (units: number): Case => ["", "H.264", `${"00000000".repeat(units)}00000002 6588`];
    expect(isKey(behind(MAX_UNITS_LOOKED_AT - 1))).toBe(true);
    expect(isKey(behind(MAX_UNITS_LOOKED_AT))).toBe(false);
  });

  test("never throws and never looks beyond the end, whatever the bytes", () => {
    const random = new Random(20);
    const codecs = ["H.264", "HEVC", "VVC", "AV1", "VP9", "VP8", "other"];
    for (let i = 0; i < 20_000; i++) {
      const payload = random.bytes(random.below(40));
      const to = random.below(payload.length + 1);
      const codec = random.pick(codecs);
      const found = isKeyPicture(codec, payload, 0, to);
      expect(isKeyPicture(codec, payload.slice(0, to), 0, to)).toBe(found);
    }
  });
});

describe("a frame whose header does not say that it is a key frame", () => {
  const HVC1 = "68766331";
  const AVC1 = "61766331";
  test.each([
    ["HEVC with composition time and frame type 0", `81 ${HVC1} 000000 00000003 260188`],
    ["HEVC without composition time", `83 ${HVC1} 00000003 260188`],
    ["AV1", "81 61763031 1200 320210aa"],
    ["VP9", "81 76703039 8249834200"],
    ["H.264 in AVC's layout, marked as an inter frame", "27 01 000000 00000002 6588"],
    ["HEVC in AVC's layout, frame type 0", "0c 01 000000 00000003 260188"],
    ["one track of several", `86 01 ${AVC1} 01 000000 00000002 6588`],
    [
      "the lowest of several tracks",
      `86 11 ${AVC1} 01 000009 000000 00000002 419a 00 000009 000000 00000002 6588`,
    ],
  ])("is one if the picture data says so: %s", (_, bytes) => {
    expect(parseVideoHeader(hex(bytes)).isKeyframe).toBe(true);
  });

  test.each([
    ["an inter frame", `81 ${HVC1} 000000 00000003 020188`],
    [
      "a key frame of a higher track only",
      `86 11 ${AVC1} 01 000009 000000 00000002 6588 00 000009 000000 00000002 419a`,
    ],
    ["a configuration", `80 ${HVC1} 00000003 260188`],
    ["a command", "57 00 000000 00000002 6588"],
  ])("is none otherwise: %s", (_, bytes) => {
    expect(parseVideoHeader(hex(bytes)).isKeyframe).toBe(false);
  });
});
