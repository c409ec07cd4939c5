import { FLV_TAG_TYPE, FlvDecoder, type FlvTag } from "@headgate/flv";
import { describe, expect, it } from "vitest";
import { FlvRecording } from "./flv-recording.ts";

const { audio, video, script } = FLV_TAG_TYPE;

function record(tags: readonly (readonly [type: number, timestamp: number, nowMs: number])[]) {
  const decoder = new FlvDecoder();
  const recording = new FlvRecording((bytes) => decoder.push(bytes));
  for (const [type, timestamp, nowMs] of tags)
    recording.append({ type, timestamp, payload: Uint8Array.of(type) }, nowMs);
  recording.finish();
  const read: FlvTag[] = [];
  for (let tag = decoder.next(); tag; tag = decoder.next()) read.push(tag);
  return { header: decoder.header, tags: read.map(({ type, timestamp }) => [type, timestamp]) };
}

describe("a recording", () => {
  it("says in its header what it has, and begins at 0", () => {
    const { header, tags } = record([
      [script, 0, 0],
      [video, 5000, 0],
      [audio, 5010, 1],
      [video, 5040, 2],
    ]);
    expect(header).toEqual({ hasAudio: true, hasVideo: true });
    expect(tags).toEqual([
      [script, 0],
      [video, 0],
      [audio, 10],
      [video, 40],
    ]);
  });

  it("of sound alone waits a second for a picture", () => {
    const { header } = record([
      [audio, 0, 0],
      [audio, 900, 900],
      [audio, 1000, 1000],
      [video, 1010, 1010],
    ]);
    expect(header).toEqual({ hasAudio: true, hasVideo: false });
  });

  it("goes on when times begin anew at 2^32", () => {
    const { tags } = record([
      [audio, 2 ** 32 - 10, 0],
      [video, 2 ** 32 - 5, 0],
      [video, 20, 0],
    ]);
    expect(tags.map(([, time]) => time)).toEqual([0, 5, 30]);
  });

  it("of data alone is nothing: a server tells of a stream before it sends any", () => {
    expect(
      record([
        [script, 0, 0],
        [script, 0, 5000],
      ]).header,
    ).toBeUndefined();
  });

  it("of nothing is nothing", () => {
    expect(record([]).header).toBeUndefined();
  });
});
