import { hex, Random } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { parseVideoHeader, type VideoHeader } from "./video-header.ts";

type Expected = readonly [
  bytes: string,
  frameType: number,
  kind: VideoHeader["kind"],
  ...tracks: (readonly [trackId: number, codec: string])[],
];

const legacy: Record<string, Expected> = {
  "AVC sequence header": ["17 00 000000 01640015", 1, "sequenceStart", [0, "H.264"]],
  "AVC sequence header marked as inter frame": ["27 00 000000 01640015", 2, "sequenceStart", [0, "H.264"]],
  "AVC key frame": ["17 01 000021 00000001 65", 1, "frames", [0, "H.264"]],
  "AVC inter frame with a negative composition time": ["27 01 ffffdf 00000001 41", 2, "frames", [0, "H.264"]],
  "AVC disposable inter frame": ["37 01 000000 00000001 01", 3, "frames", [0, "H.264"]],
  "AVC generated key frame": ["47 01 000000 00000001 65", 4, "frames", [0, "H.264"]],
  "AVC end of sequence": ["17 02 000000", 1, "sequenceEnd", [0, "H.264"]],
  "AVC with a reserved packet type": ["17 03 000000", 1, "unknown", [0, "H.264"]],
  "AVC cut off behind the first byte": ["17", 1, "unknown", [0, "H.264"]],
  "HEVC in the layout of AVC, sequence header": ["1c 00 000000 01", 1, "sequenceStart", [0, "HEVC"]],
  "HEVC in the layout of AVC, key frame": ["1c 01 000000 00000001 26", 1, "frames", [0, "HEVC"]],
  "HEVC in the layout of AVC, inter frame": ["2c 01 000000 00000001 02", 2, "frames", [0, "HEVC"]],
  "AV1 in the layout of AVC, sequence header": ["1d 00 000000 81", 1, "sequenceStart", [0, "AV1"]],
  "AV1 in the layout of AVC, key frame": ["1d 01 000000 0a", 1, "frames", [0, "AV1"]],
  "Sorenson H.263 key frame, whose second byte is no packet type": [
    "12 00 00 84",
    1,
    "frames",
    [0, "Sorenson H.263"],
  ],
  "Sorenson H.263 disposable frame": ["32 00 00 84", 3, "frames", [0, "Sorenson H.263"]],
  "Screen Video key frame": ["13 00", 1, "frames", [0, "Screen Video"]],
  "VP6 key frame with its adjustment byte": ["14 00 78", 1, "frames", [0, "VP6"]],
  "VP6 with alpha, inter frame": ["25 00 00", 2, "frames", [0, "VP6 with alpha"]],
  "Screen Video 2 key frame": ["16 00", 1, "frames", [0, "Screen Video 2"]],
  "a reserved codec": ["19 00", 1, "frames", [0, "video codec 9"]],
  "one byte of a codec without packet types": ["22", 2, "frames", [0, "Sorenson H.263"]],
  "the start of a client-side seek": ["57 00", 5, "command"],
  "the end of a client-side seek, any codec": ["52 01", 5, "command"],
};

const HVC1 = "68766331";
const AV01 = "61763031";
const AVC1 = "61766331";

const enhanced: Record<string, Expected> = {
  "HEVC SequenceStart": [`90 ${HVC1} 01`, 1, "sequenceStart", [0, "HEVC"]],
  "HEVC key frame, CodedFrames": [`91 ${HVC1} 000000 00000001 26`, 1, "frames", [0, "HEVC"]],
  "HEVC inter frame, CodedFrames": [`a1 ${HVC1} 000021 00000001 02`, 2, "frames", [0, "HEVC"]],
  "HEVC key frame, CodedFramesX": [`93 ${HVC1} 00000001 26`, 1, "frames", [0, "HEVC"]],
  "HEVC inter frame, CodedFramesX": [`a3 ${HVC1} 00000001 02`, 2, "frames", [0, "HEVC"]],
  "HEVC SequenceEnd": [`92 ${HVC1}`, 1, "sequenceEnd", [0, "HEVC"]],
  "HEVC Metadata, whose frame type 5 is no command": [`d4 ${HVC1} 02 0009`, 5, "metadata", [0, "HEVC"]],
  "HEVC Metadata in a key frame's clothes": [`94 ${HVC1} 02 0009`, 1, "metadata", [0, "HEVC"]],
  "AV1 SequenceStart": [`90 ${AV01} 81`, 1, "sequenceStart", [0, "AV1"]],
  "AV1 SequenceStart without a record": [`90 ${AV01}`, 1, "sequenceStart", [0, "AV1"]],
  "AV1 MPEG2TSSequenceStart": [`95 ${AV01} 80`, 1, "sequenceStart", [0, "AV1"]],
  "H.264 by FourCC": [`91 ${AVC1} 000000`, 1, "frames", [0, "H.264"]],
  VP8: ["91 76703038", 1, "frames", [0, "VP8"]],
  VP9: ["91 76703039", 1, "frames", [0, "VP9"]],
  VVC: ["91 76766331", 1, "frames", [0, "VVC"]],
  "a FourCC that is not known yet": ["90 65766331 01", 1, "sequenceStart", [0, "evc1"]],
  "a FourCC that is not printable": ["90 0a1b5b00 01", 1, "sequenceStart", [0, "0x0a1b5b00"]],
  "a generated key frame": [`c1 ${HVC1} 000000`, 4, "frames", [0, "HEVC"]],
  "a FourCC with a DEL": ["90 6162637f", 1, "sequenceStart", [0, "0x6162637f"]],
  "a reserved packet type": [`98 ${HVC1}`, 1, "unknown", [0, "HEVC"]],
  "a seek command, which has no FourCC": ["d1 00", 5, "command"],
  "a seek command before any other packet type": ["d6 01", 5, "command"],
  "a FourCC cut off": ["91 687663", 1, "unknown"],
  "nothing behind the first byte": ["90", 1, "unknown"],
};

const multitrack: Record<string, Expected> = {
  "OneTrack, SequenceStart": [`96 00 ${AVC1} 01 01`, 1, "sequenceStart", [1, "H.264"]],
  "OneTrack, key frame": [`96 01 ${AVC1} 02 000000`, 1, "frames", [2, "H.264"]],
  "OneTrack, SequenceEnd, nothing behind the track id": [
    `96 02 ${AVC1} ff`,
    1,
    "sequenceEnd",
    [255, "H.264"],
  ],
  "OneTrack, Metadata": [`d6 04 ${HVC1} 01 02`, 5, "command"],
  "ManyTracks, two of them": [
    `a6 13 ${HVC1} 00 000002 aabb 01 000001 cc`,
    2,
    "frames",
    [0, "HEVC"],
    [1, "HEVC"],
  ],
  "ManyTracks, the last one empty": [
    `96 10 ${HVC1} 00 000001 aa 07 000000`,
    1,
    "sequenceStart",
    [0, "HEVC"],
    [7, "HEVC"],
  ],
  ManyTracksManyCodecs: [
    `96 21 ${AVC1} 00 000003 aabbcc ${AV01} 01 000001 dd`,
    1,
    "frames",
    [0, "H.264"],
    [1, "AV1"],
  ],
  "ManyTracks, the first one longer than 65535 bytes": [
    `96 11 ${HVC1} 00 010001 ${"00".repeat(65_537)} 01 000001 cc`,
    1,
    "frames",
    [0, "HEVC"],
    [1, "HEVC"],
  ],
  "a track that goes beyond the end": [`96 11 ${HVC1} 00 000002 aabb 01 000002 cc`, 1, "unknown"],
  "a track size cut off": [`96 11 ${HVC1} 00 0000`, 1, "unknown"],
  "ManyTracks without a track": [`96 11 ${HVC1}`, 1, "unknown"],
  "ManyTracksManyCodecs without a track": ["96 21", 1, "unknown"],
  "OneTrack without a track id": [`96 01 ${HVC1}`, 1, "unknown"],
  "nothing behind the first byte": ["96", 1, "unknown"],
  "a reserved multitrack type": [`96 31 ${HVC1} 00 000001 aa`, 1, "unknown"],
  "Multitrack within Multitrack": [`96 06 ${HVC1} 00`, 1, "unknown", [0, "HEVC"]],
  "ModEx within Multitrack": [`96 07 ${HVC1} 00`, 1, "unknown", [0, "HEVC"]],
};

const modifiers: Record<string, Expected> = {
  "TimestampOffsetNano before a key frame": [`97 02 07a120 01 ${HVC1} 000000`, 1, "frames", [0, "HEVC"]],
  "two modifiers": [`97 02 000001 07 00 ff 03 ${AV01} 12`, 1, "frames", [0, "AV1"]],
  "an unknown modifier before SequenceStart": [`97 00 ff f0 ${HVC1} 01`, 1, "sequenceStart", [0, "HEVC"]],
  "a modifier of 255 bytes, the most without escape": [
    `97 fe ${"00".repeat(255)} 01 ${HVC1} 000000`,
    1,
    "frames",
    [0, "HEVC"],
  ],
  "a modifier of 256 bytes, the least that needs it": [
    `97 ff 00ff ${"00".repeat(256)} 01 ${HVC1} 000000`,
    1,
    "frames",
    [0, "HEVC"],
  ],
  "a modifier before Multitrack": [`97 02 000001 06 00 ${AVC1} 01 01`, 1, "sequenceStart", [1, "H.264"]],
  "a modifier before a command": ["d7 02 000001 01 00", 5, "command"],
  "a modifier before Metadata": [`d7 02 000001 04 ${HVC1} 02`, 5, "metadata", [0, "HEVC"]],
  "a modifier without a size": ["97", 1, "unknown"],
  "a modifier cut off": ["97 02 0000", 1, "unknown"],
  "a modifier without a packet type behind it": ["97 02 000001", 1, "unknown"],
  "an escaped size cut off": ["97 ff 00", 1, "unknown"],
  "modifiers without end": ["97 00 00 07 00 00 07 00 00 07", 1, "unknown"],
};

function describeForms(title: string, forms: Record<string, Expected>, isEnhanced: boolean): void {
  describe(title, () => {
    test.each(Object.entries(forms))("%s", (_, [bytes, frameType, kind, ...tracks]) => {
      expect(parseVideoHeader(hex(bytes))).toEqual({
        enhanced: isEnhanced,
        frameType,
        kind,
        isKeyframe: kind === "frames" && frameType === 1,
        tracks: tracks.map(([trackId, codec]) => ({ trackId, codec })),
      });
    });
  });
}

describeForms("legacy video", legacy, false);
describeForms("enhanced video", enhanced, true);
describeForms("multitrack video", multitrack, true);
describeForms("video with modifiers", modifiers, true);

describe("parseVideoHeader", () => {
  test("takes an empty body for a message to forward and not to cache", () => {
    expect(parseVideoHeader(new Uint8Array(0))).toEqual({
      enhanced: false,
      frameType: 0,
      kind: "unknown",
      isKeyframe: false,
      tracks: [],
    });
  });

  test("finds a key frame behind both kinds of first byte, and none in a sequence start", () => {
    const keyframes = ["17 01 000000", `91 ${HVC1} 000000`, `93 ${HVC1}`, `96 01 ${AVC1} 01 000000`];
    const others = ["17 00 000000", "27 01 000000", `90 ${HVC1}`, `95 ${AV01}`, `a1 ${HVC1}`, "d1 00"];
    expect(keyframes.filter((bytes) => !parseVideoHeader(hex(bytes)).isKeyframe)).toEqual([]);
    expect(others.filter((bytes) => parseVideoHeader(hex(bytes)).isKeyframe)).toEqual([]);
  });

  test("shares the tracks of a codec between messages, so that a frame costs one small object", () => {
    const first = parseVideoHeader(hex(`91 ${HVC1} 000000`));
    const second = parseVideoHeader(hex(`a3 ${HVC1} 00000001`));
    expect(second.tracks).toBe(first.tracks);
    expect(Object.isFrozen(first.tracks)).toBe(true);
  });

  test("never throws, whatever the bytes", () => {
    const random = new Random(8);
    const starts = ["", "90", "96", "9610", "9620", "97", "d6", "17"].map(hex);
    for (let i = 0; i < 20_000; i++) {
      const payload = Uint8Array.of(...random.pick(starts), ...random.bytes(random.below(24)));
      const { kind, tracks } = parseVideoHeader(payload);
      expect(kind === "unknown" || kind === "command" || tracks.length > 0).toBe(true);
    }
  });
});
