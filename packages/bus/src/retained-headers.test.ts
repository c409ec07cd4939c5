import { type Message, MessageType } from "@headgate/chunk";
import { parseAudioHeader, parseVideoHeader } from "@headgate/flv";
import { describe, expect, it } from "vitest";
import { MAX_RETAINED_BYTES, MAX_RETAINED_MESSAGES } from "./limits.ts";
import {
  audioConfig,
  data,
  interFrame,
  keyframe,
  message,
  multitrack,
  readable,
  videoConfig,
} from "./messages.test.helper.ts";
import { RetainedHeaders } from "./retained-headers.ts";

/** Gives the headers each message as a stream does: media by what it is, data under the handler named by its mark. */
function retain(headers: RetainedHeaders, ...messages: readonly Message[]): void {
  for (const each of messages) {
    const { type, payload } = each;
    if (type === MessageType.video) headers.retainVideo(parseVideoHeader(payload), each);
    else if (type === MessageType.audio) headers.retainAudio(parseAudioHeader(payload), each);
    else headers.retainData("onMetaData", each);
  }
}

function retained(...messages: readonly Message[]): string[] {
  const headers = new RetainedHeaders();
  retain(headers, ...messages);
  return headers.list.map(readable);
}

const HVC1 = [..."hvc1"].map((letter) => letter.charCodeAt(0));
const OPUS = [..."Opus"].map((letter) => letter.charCodeAt(0));

describe("retained headers", () => {
  it("are metadata and the configurations of audio and video, and no frames", () => {
    expect(retained(data("meta"), videoConfig(), audioConfig(), keyframe(0), interFrame(40))).toEqual([
      "data 0 meta",
      "video 0 avcC",
      "audio 0 asc",
    ]);
  });

  it("come data first, then media as they arrived", () => {
    expect(retained(audioConfig(), videoConfig(), data("meta"))).toEqual([
      "data 0 meta",
      "audio 0 asc",
      "video 0 avcC",
    ]);
  });

  it("keep the newest of each kind", () => {
    expect(
      retained(videoConfig("old"), audioConfig(), data("old meta"), videoConfig("new"), data("new meta")),
    ).toEqual(["data 0 new meta", "audio 0 asc", "video 0 new"]);
  });

  it("keep colour information beside the configuration it belongs to", () => {
    const config = message(MessageType.video, 0, [0x90, ...HVC1], { mark: "hvcC" });
    const colour = message(MessageType.video, 0, [0xd4, ...HVC1], { mark: "hdr" });
    expect(retained(config, colour)).toEqual(["video 0 hvcC", "video 0 hdr"]);
  });

  it("keep a channel order beside the configuration of its audio", () => {
    const config = message(MessageType.audio, 0, [0x90, ...OPUS], { mark: "OpusHead" });
    const channels = message(MessageType.audio, 0, [0x94, ...OPUS, 1, 2], { mark: "front" });
    expect(retained(config, channels)).toEqual(["audio 0 OpusHead", "audio 0 front"]);
  });

  it("replace a configuration when the codec changes in mid-stream", () => {
    const enhanced = message(MessageType.video, 0, [0x90, ...HVC1], { mark: "hvcC" });
    expect(retained(videoConfig("avcC"), enhanced)).toEqual(["video 0 hvcC"]);
    expect(retained(enhanced, videoConfig("avcC"))).toEqual(["video 0 avcC"]);
  });

  it("keep data under each handler until it is cleared", () => {
    const headers = new RetainedHeaders();
    headers.retainData("onMetaData", data("meta"));
    headers.retainData("onTitle", data("title"));
    expect(headers.list.map(readable)).toEqual(["data 0 meta", "data 0 title"]);
    headers.clearData("onMetaData");
    headers.clearData("onSomethingElse");
    expect(headers.list.map(readable)).toEqual(["data 0 title"]);
  });

  it("forget everything when they are cleared", () => {
    const headers = new RetainedHeaders();
    retain(headers, data("meta"), videoConfig());
    headers.clear();
    expect(headers.list).toEqual([]);
    retain(headers, audioConfig());
    expect(headers.list.map(readable)).toEqual(["audio 0 asc"]);
  });

  it("do not change a list once given away", () => {
    const headers = new RetainedHeaders();
    retain(headers, data("meta"), videoConfig("old"));
    const { list } = headers;
    retain(headers, videoConfig("new"), audioConfig());
    headers.clear();
    expect(list.map(readable)).toEqual(["data 0 meta", "video 0 old"]);
  });

  it("are memory of their own: what they were cut from can go", () => {
    const headers = new RetainedHeaders();
    const aggregate = new Uint8Array(1_000_000);
    const config = videoConfig();
    aggregate.set(config.payload, 1000);
    const payload = aggregate.subarray(1000, 1000 + config.payload.length);
    retain(headers, { ...config, payload });
    expect(headers.list.map(readable)).toEqual(["video 0 avcC"]);
    expect(headers.list[0]!.payload.buffer.byteLength).toBe(payload.length);
  });
});

describe("retained headers of several tracks", () => {
  const config = (mark: string, ...trackIds: number[]) => multitrack("sequenceStart", 0, { trackIds, mark });

  it("are kept for each track", () => {
    expect(retained(videoConfig("default"), config("second", 1), config("third", 2))).toEqual([
      "video 0 default",
      "video 0 second",
      "video 0 third",
    ]);
  });

  it("are replaced track by track, track 0 by the usual message too", () => {
    expect(retained(config("zero", 0), config("one", 1), videoConfig("default"))).toEqual([
      "video 0 one",
      "video 0 default",
    ]);
  });

  it("are one message for several tracks, sent once", () => {
    expect(retained(config("both", 0, 1))).toEqual(["video 0 both"]);
  });

  it("keep a message for several tracks until none of them needs it any more", () => {
    expect(retained(config("both", 0, 1), config("new zero", 0))).toEqual([
      "video 0 both",
      "video 0 new zero",
    ]);
    expect(retained(config("both", 0, 1), config("new zero", 0), config("new one", 1))).toEqual([
      "video 0 new zero",
      "video 0 new one",
    ]);
    expect(retained(config("zero", 0), config("one", 1), config("both", 0, 1))).toEqual(["video 0 both"]);
  });
});

describe("the limits of retained headers", () => {
  const large = (handler: string, length: number) =>
    message(MessageType.dataAmf0, 0, [], { mark: handler, length });

  it("keep as many messages as the limit and pass over the next ones", () => {
    const headers = new RetainedHeaders();
    for (let i = 0; i < MAX_RETAINED_MESSAGES + 5; i++) headers.retainData(`handler${i}`, data(`${i}`));
    expect(headers.list.length).toBe(MAX_RETAINED_MESSAGES);
    expect(headers.list.map(readable).at(-1)).toBe(`data 0 ${MAX_RETAINED_MESSAGES - 1}`);
  });

  it("still take a newer message in place of a kept one", () => {
    const headers = new RetainedHeaders();
    for (let i = 0; i < MAX_RETAINED_MESSAGES; i++) headers.retainData(`handler${i}`, data(`${i}`));
    headers.retainData("handler0", data("newer"));
    expect(headers.list.length).toBe(MAX_RETAINED_MESSAGES);
    expect(headers.list.map(readable)).toContain("data 0 newer");
  });

  it("keep as many bytes as the limit, and no message that would be more", () => {
    const headers = new RetainedHeaders();
    headers.retainData("a", large("a", MAX_RETAINED_BYTES - 10));
    headers.retainData("b", large("b", 11));
    headers.retainData("c", large("c", 10));
    expect(headers.list.map(readable)).toEqual(["data 0 a", "data 0 c"]);
  });

  it("keep what was there where a message would be too much, in the order it was in", () => {
    const headers = new RetainedHeaders();
    const config = (mark: string, length: number, ...trackIds: number[]) =>
      multitrack("sequenceStart", 0, { trackIds, mark, length });
    retain(headers, config("both", 50, 0, 1), config("new zero", 50, 0));
    retain(headers, config("too long", MAX_RETAINED_BYTES, 1));
    expect(headers.list.map(readable)).toEqual(["video 0 both", "video 0 new zero"]);
  });
});
