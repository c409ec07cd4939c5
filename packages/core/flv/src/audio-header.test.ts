import { hex, Random } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { type AudioHeader, parseAudioHeader } from "./audio-header.ts";

type Expected = readonly [
  bytes: string,
  kind: AudioHeader["kind"],
  ...tracks: (readonly [trackId: number, codec: string])[],
];

const legacy: Record<string, Expected> = {
  "AAC sequence header": ["af 00 1190", "sequenceStart", [0, "AAC"]],
  "AAC frame": ["af 01 211004", "frames", [0, "AAC"]],
  "AAC sequence header under another rate": ["a2 00 1388", "sequenceStart", [0, "AAC"]],
  "AAC with a reserved packet type": ["af 02", "unknown", [0, "AAC"]],
  "AAC cut off behind the first byte": ["af", "unknown", [0, "AAC"]],
  "MP3, whose second byte is no packet type": ["2f 00 fb", "frames", [0, "MP3"]],
  "MP3 at 8 kHz": ["e2 ff fb", "frames", [0, "MP3"]],
  "PCM of the platform's byte order": ["02 00", "frames", [0, "PCM"]],
  ADPCM: ["12 00", "frames", [0, "ADPCM"]],
  "PCM, little-endian": ["3e 00", "frames", [0, "PCM"]],
  "Nellymoser 16 kHz": ["42 00", "frames", [0, "Nellymoser"]],
  "Nellymoser 8 kHz": ["52 00", "frames", [0, "Nellymoser"]],
  Nellymoser: ["66 00", "frames", [0, "Nellymoser"]],
  "G.711 A-law": ["72 d5", "frames", [0, "G.711 A-law"]],
  "G.711 mu-law": ["82 ff", "frames", [0, "G.711 mu-law"]],
  Speex: ["b2 00", "frames", [0, "Speex"]],
  "a reserved format": ["c2 00", "frames", [0, "sound format 12"]],
  "one byte of a format without packet types": ["2f", "frames", [0, "MP3"]],
};

const OPUS = "4f707573";
const MP4A = "6d703461";

const enhanced: Record<string, Expected> = {
  "Opus SequenceStart": [`90 ${OPUS} 4f707573486561640102`, "sequenceStart", [0, "Opus"]],
  "Opus SequenceStart without an ID header": [`90 ${OPUS}`, "sequenceStart", [0, "Opus"]],
  "Opus CodedFrames": [`91 ${OPUS} fc`, "frames", [0, "Opus"]],
  "Opus SequenceEnd": [`92 ${OPUS}`, "sequenceEnd", [0, "Opus"]],
  "Opus MultichannelConfig": [`94 ${OPUS} 01 02 00000003`, "multichannelConfig", [0, "Opus"]],
  "AAC by FourCC": [`90 ${MP4A} 1190`, "sequenceStart", [0, "AAC"]],
  "AC-3": ["91 61632d33 0b77", "frames", [0, "AC-3"]],
  "E-AC-3": ["91 65632d33 0b77", "frames", [0, "E-AC-3"]],
  "MP3 by FourCC": ["91 2e6d7033 fffb", "frames", [0, "MP3"]],
  FLAC: ["90 664c6143 664c6143", "sequenceStart", [0, "FLAC"]],
  "a FourCC that is not known yet": ["91 616c6163", "frames", [0, "alac"]],
  "packet type 3, which is CodedFramesX in video only": [`93 ${OPUS}`, "unknown", [0, "Opus"]],
  "packet type 6, which is Multitrack in video only": [`96 ${OPUS}`, "unknown", [0, "Opus"]],
  "a FourCC cut off": ["91 4f7075", "unknown"],
  "nothing behind the first byte": ["90", "unknown"],
};

const multitrackAndModifiers: Record<string, Expected> = {
  "OneTrack, SequenceStart": [`95 00 ${MP4A} 01 1190`, "sequenceStart", [1, "AAC"]],
  "OneTrack, frame": [`95 01 ${OPUS} 02 fc`, "frames", [2, "Opus"]],
  "OneTrack, MultichannelConfig": [`95 04 ${OPUS} 01 01 02 00000003`, "multichannelConfig", [1, "Opus"]],
  "ManyTracks, two of them": [
    `95 11 ${OPUS} 00 000002 aabb 01 000001 cc`,
    "frames",
    [0, "Opus"],
    [1, "Opus"],
  ],
  ManyTracksManyCodecs: [
    `95 20 ${OPUS} 00 000000 ${MP4A} 01 000002 1190`,
    "sequenceStart",
    [0, "Opus"],
    [1, "AAC"],
  ],
  "a track that goes beyond the end": [`95 11 ${OPUS} 00 000003 aabb`, "unknown"],
  "Multitrack within Multitrack": [`95 05 ${OPUS} 00`, "unknown", [0, "Opus"]],
  "TimestampOffsetNano before a frame": [`97 02 0f423f 01 ${OPUS} fc`, "frames", [0, "Opus"]],
  "a modifier of 256 bytes before Multitrack": [
    `97 ff 00ff ${"00".repeat(256)} 05 00 ${MP4A} 01 1190`,
    "sequenceStart",
    [1, "AAC"],
  ],
  "a modifier cut off": ["97 02 0f42", "unknown"],
  "a modifier without a packet type behind it": ["97 02 0f423f", "unknown"],
};

function describeForms(title: string, forms: Record<string, Expected>, isEnhanced: boolean): void {
  describe(title, () => {
    test.each(Object.entries(forms))("%s", (_, [bytes, kind, ...tracks]) => {
      expect(parseAudioHeader(hex(bytes))).toEqual({
        enhanced: isEnhanced,
        kind,
        tracks: tracks.map(([trackId, codec]) => ({ trackId, codec })),
      });
    });
  });
}

describeForms("legacy audio", legacy, false);
describeForms("enhanced audio", enhanced, true);
describeForms("multitrack audio and modifiers", multitrackAndModifiers, true);

describe("parseAudioHeader", () => {
  test("takes an empty body for silence", () => {
    const silence = parseAudioHeader(new Uint8Array(0));
    expect(silence).toEqual({ enhanced: false, kind: "silence", tracks: [] });
  });

  test("shares the tracks of a codec between messages, so that a frame costs one small object", () => {
    expect(parseAudioHeader(hex("af 01 21")).tracks).toBe(parseAudioHeader(hex("af 00 1190")).tracks);
  });

  test("never throws, whatever the bytes", () => {
    const random = new Random(9);
    const starts = ["", "90", "95", "9510", "9520", "97", "af"].map(hex);
    for (let i = 0; i < 20_000; i++) {
      const payload = Uint8Array.of(...random.pick(starts), ...random.bytes(random.below(24)));
      const { kind, tracks } = parseAudioHeader(payload);
      expect(kind === "unknown" || kind === "silence" || tracks.length > 0).toBe(true);
    }
  });
});
