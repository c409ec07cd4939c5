import { readFileSync } from "node:fs";
import {
  encodeFlvTag,
  FLV_TAG_TYPE,
  FlvDecoder,
  type FlvTag,
  parseAudioHeader,
  parseVideoHeader,
  writeFlvHeader,
} from "@headgate/flv";
import { hex } from "@headgate/testkit";
import { describe, expect, test } from "vitest";

/** How real encoders begin their audio and video messages, and what a server must understand of it. */

type Vector = readonly [sentAs: string, bytes: string, kind: string, codec: string, trackId: number];

const videoMessages: readonly Vector[] = [
  ["FFmpeg 5.1, H.264, sequence header", "1700000000014d401fffe1001a674d40", "sequenceStart", "H.264", 0],
  ["FFmpeg 5.1, H.264, key frame", "17010000000000255365888217fffe6c", "key frame", "H.264", 0],
  ["FFmpeg 5.1, H.264, inter frame", "270100000000000268419a1d897f8700", "frames", "H.264", 0],
  ["FFmpeg 5.1, H.264, end of sequence", "1702000000", "sequenceEnd", "H.264", 0],
  ["FFmpeg 8.1, HEVC, SequenceStart", "9068766331010160000000900000", "sequenceStart", "HEVC", 0],
  ["FFmpeg 8.1, HEVC, Metadata", "d468766331020009636f6c6f72496e66", "metadata", "HEVC", 0],
  ["FFmpeg 8.1, HEVC, key frame, CodedFrames", "91687663310000c8000007b82801af11", "key frame", "HEVC", 0],
  ["FFmpeg 8.1, HEVC, inter frame, CodedFrames", "a1687663310001900000055b0201d019", "frames", "HEVC", 0],
  ["FFmpeg 8.1, AV1, SequenceStart", "906176303181000c000a0a00000003b4", "sequenceStart", "AV1", 0],
  ["FFmpeg 8.0, AV1, SequenceStart from an encoder not ready yet", "9061763031", "sequenceStart", "AV1", 0],
  ["FFmpeg 8.1, AV1, key frame", "91617630310a0a00000003b4fdf36be4", "key frame", "AV1", 0],
  ["FFmpeg 8.1, AV1, inter frame", "a16176303132840929047020000011a2", "frames", "AV1", 0],
  ["FFmpeg 8.1, VP9, SequenceStart", "907670303901000000000a8202020200", "sequenceStart", "VP9", 0],
  ["FFmpeg 8.1, VP9, key frame", "9176703039824983420009f005f60238", "key frame", "VP9", 0],
  ["FFmpeg 8.1, second track, SequenceStart", "960068766331010104080000009e0800", "sequenceStart", "HEVC", 1],
  ["FFmpeg 8.1, second track, key frame", "960368766331010000032e2801af1142", "key frame", "HEVC", 1],
  ["FFmpeg 8.1, second track, inter frame", "a6036876633101000000530201d0097e", "frames", "HEVC", 1],
];

const audioMessages: readonly Vector[] = [
  ["FFmpeg 5.1, AAC, sequence header", "af00119056e500", "sequenceStart", "AAC", 0],
  ["FFmpeg 5.1, AAC, sequence header of an ADTS source not read yet", "af00", "sequenceStart", "AAC", 0],
  ["FFmpeg 5.1, AAC", "af0121188f5fffffff1b666295c7dbef", "frames", "AAC", 0],
  ["FFmpeg 8.1, MP3", "2efffb54c400000970532635a6000159", "frames", "MP3", 0],
  ["FFmpeg 8.1, Opus, SequenceStart", "904f7075734f70757348656164010138", "sequenceStart", "Opus", 0],
  ["FFmpeg 8.1, Opus, MultichannelConfig", "944f707573010100000004", "multichannelConfig", "Opus", 0],
  ["FFmpeg 8.1, Opus", "914f707573f8b4afcaaae5b5b0a61cb1", "frames", "Opus", 0],
  ["FFmpeg 8.1, FLAC, SequenceStart", "90664c6143120012000002550004ff0b", "sequenceStart", "FLAC", 0],
  ["FFmpeg 8.1, FLAC", "91664c6143fff85a0800814e000000eb", "frames", "FLAC", 0],
  ["FFmpeg 8.1, AC-3, SequenceStart", "9061632d33", "sequenceStart", "AC-3", 0],
  ["FFmpeg 8.1, AC-3", "9161632d330b77480d0c402f842bc1c7", "frames", "AC-3", 0],
  ["FFmpeg 8.1, second track, SequenceStart", "95004f707573014f7075734865616401", "sequenceStart", "Opus", 1],
  [
    "FFmpeg 8.1, second track, MultichannelConfig",
    "95044f70757301010100000004",
    "multichannelConfig",
    "Opus",
    1,
  ],
  ["FFmpeg 8.1, second track", "95014f70757301f89eba2bccf224b045", "frames", "Opus", 1],
];

describe("video messages as encoders send them", () => {
  test.each(videoMessages)("%s", (_, bytes, kind, codec, trackId) => {
    const header = parseVideoHeader(hex(bytes));
    expect(header.isKeyframe ? "key frame" : header.kind).toBe(kind);
    expect(header.tracks).toEqual([{ trackId, codec }]);
    expect(header.enhanced).toBe(Number.parseInt(bytes.slice(0, 2), 16) >= 0x80);
  });
});

describe("audio messages as encoders send them", () => {
  test.each(audioMessages)("%s", (_, bytes, kind, codec, trackId) => {
    const header = parseAudioHeader(hex(bytes));
    expect(header.kind).toBe(kind);
    expect(header.tracks).toEqual([{ trackId, codec }]);
    expect(header.enhanced).toBe(bytes.startsWith("9"));
  });
});

describe("the demo clip, a file made by FFmpeg", () => {
  const file = new Uint8Array(readFileSync(new URL("../../apps/headgate/assets/demo.flv", import.meta.url)));
  const decoder = new FlvDecoder();
  decoder.push(file);
  const tags: FlvTag[] = [];
  for (let tag = decoder.next(); tag !== undefined; tag = decoder.next()) tags.push(tag);
  const video = tags.filter(({ type }) => type === FLV_TAG_TYPE.video);
  const audio = tags.filter(({ type }) => type === FLV_TAG_TYPE.audio);

  test("is taken apart and put together again byte for byte", () => {
    const parts = [writeFlvHeader(decoder.header!), ...tags.map(encodeFlvTag)];
    expect(Buffer.concat(parts).equals(file)).toBe(true);
  });

  test("starts with metadata, the two sequence headers and a key frame", () => {
    expect(tags[0]).toMatchObject({ type: FLV_TAG_TYPE.script, timestamp: 0 });
    expect(video.slice(0, 2).map(({ payload }) => parseVideoHeader(payload))).toMatchObject([
      { kind: "sequenceStart", isKeyframe: false },
      { kind: "frames", isKeyframe: true },
    ]);
    expect(audio.slice(0, 2).map(({ payload }) => parseAudioHeader(payload).kind)).toEqual([
      "sequenceStart",
      "frames",
    ]);
  });

  test("has a key frame every 32 frames and no end of sequence, so that it can be repeated without a seam", () => {
    const headers = video.slice(1).map(({ payload }) => parseVideoHeader(payload));
    expect(headers).toHaveLength(384);
    expect(
      headers.every(({ kind, isKeyframe }, i) => kind === "frames" && isKeyframe === (i % 32 === 0)),
    ).toBe(true);
  });

  test("ends its last video and its last audio frame at 12.8 s, and never goes back in time", () => {
    const lastVideo = video.at(-1)!.timestamp;
    const lastAudio = audio.at(-1)!.timestamp;
    expect([lastVideo, lastAudio]).toEqual([Math.round((383 * 1000) / 30), Math.round((599 * 1024) / 48)]);
    expect(tags.every(({ timestamp }, i) => i === 0 || timestamp >= tags[i - 1]!.timestamp)).toBe(true);
  });
});
