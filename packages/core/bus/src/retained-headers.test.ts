import { parseAudioHeader, parseVideoHeader } from "@headgate/flv";
import { type Message, MessageType } from "@headgate/message";
import { describe, expect, it, vi } from "vitest";
import { MAX_RETAINED_BYTES, MAX_RETAINED_MESSAGES } from "./limits.ts";
import { LogBudget } from "./log-budget.ts";
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

function makeHeaders(budget = new LogBudget(1024 * 1024 * 1024)): RetainedHeaders {
  return new RetainedHeaders(budget, () => 0);
}

/** What a viewer that begins now gets. */
function kept(headers: RetainedHeaders): readonly Message[] {
  headers.mark();
  return headers.marked();
}

function retained(...messages: readonly Message[]): string[] {
  const headers = makeHeaders();
  retain(headers, ...messages);
  return kept(headers).map(readable);
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
    const headers = makeHeaders();
    headers.retainData("onMetaData", data("meta"));
    headers.retainData("onTitle", data("title"));
    expect(kept(headers).map(readable)).toEqual(["data 0 meta", "data 0 title"]);
    headers.clearData("onMetaData");
    headers.clearData("onSomethingElse");
    expect(kept(headers).map(readable)).toEqual(["data 0 title"]);
  });

  it("forget everything when they are cleared", () => {
    const headers = makeHeaders();
    retain(headers, data("meta"), videoConfig());
    headers.clear();
    expect(kept(headers)).toEqual([]);
    retain(headers, audioConfig());
    expect(kept(headers).map(readable)).toEqual(["audio 0 asc"]);
  });

  it("are those of the mark, whatever comes after it", () => {
    const headers = makeHeaders();
    retain(headers, data("meta"), videoConfig("old"));
    headers.mark();
    retain(headers, videoConfig("new"), audioConfig(), videoConfig("newer"));
    headers.clearData("onMetaData");
    expect(headers.marked().map(readable)).toEqual(["data 0 meta", "video 0 old"]);
    headers.mark();
    expect(headers.marked().map(readable)).toEqual(["audio 0 asc", "video 0 newer"]);
  });

  it("are memory of their own: what they were cut from can go", () => {
    const headers = makeHeaders();
    const aggregate = new Uint8Array(1_000_000);
    const config = videoConfig();
    aggregate.set(config.payload, 1000);
    const payload = aggregate.subarray(1000, 1000 + config.payload.length);
    retain(headers, { ...config, payload });
    expect(kept(headers).map(readable)).toEqual(["video 0 avcC"]);
    expect(kept(headers)[0]!.payload.buffer.byteLength).toBe(payload.length);
  });
});

describe("retained headers of another codec, or of none", () => {
  const g711 = message(MessageType.audio, 40, [0x72], { mark: "g711" });
  const frame = (first: number, mark: string) =>
    message(MessageType.video, 40, [first, ...HVC1, 0, 0, 0], { mark });
  const empty = (type: number, ...head: readonly number[]): Message => ({
    ...message(type, 20, []),
    payload: Uint8Array.from(head),
  });

  it("stay when an empty configuration comes, which is kept only where there is no other", () => {
    const { audio, video } = MessageType;
    const empties = [
      empty(audio, 0xaf, 0),
      empty(video, 0x17, 0, 0, 0, 0),
      empty(video, 0x17, 0, 0, 0, 0, 0),
    ];
    expect(retained(videoConfig(), audioConfig(), ...empties)).toEqual(["video 0 avcC", "audio 0 asc"]);
    expect(retained(...empties)).toHaveLength(2);
    expect(retained(...empties, audioConfig(), videoConfig())).toEqual(["audio 0 asc", "video 0 avcC"]);
  });

  it("stay when an empty configuration of another codec comes", () => {
    expect(retained(videoConfig(), empty(MessageType.video, 0x90, ...HVC1))).toEqual(["video 0 avcC"]);
  });

  it("go when frames of another codec come", () => {
    expect(retained(videoConfig(), audioConfig(), g711)).toEqual(["video 0 avcC"]);
    expect(retained(videoConfig(), audioConfig(), frame(0xa1, "inter"))).toEqual(["audio 0 asc"]);
  });

  it("go with all that belongs to them", () => {
    const colour = message(MessageType.video, 0, [0xd4, ...HVC1], { mark: "hdr" });
    const config = message(MessageType.video, 0, [0x90, ...HVC1], { mark: "hvcC" });
    expect(retained(config, colour, videoConfig())).toEqual(["video 0 avcC"]);
  });

  it("do not come back with their codec", () => {
    const aac = message(MessageType.audio, 80, [0xaf, 1], { mark: "aac" });
    expect(retained(audioConfig(), g711, aac)).toEqual([]);
    expect(retained(audioConfig(), g711, audioConfig("new"), aac)).toEqual(["audio 0 new"]);
  });

  it("stay for frames of the same codec in the other form", () => {
    const enhanced = message(MessageType.audio, 80, [0x91, ...[..."mp4a"].map((c) => c.charCodeAt(0))]);
    expect(retained(audioConfig(), enhanced)).toEqual(["audio 0 asc"]);
  });
});

describe("retained headers at an entry of the stream", () => {
  /** Retains the entries 0, 100, 200 and so on. */
  function retainedAt(...messages: readonly Message[]): RetainedHeaders {
    let number = 0;
    const headers = new RetainedHeaders(new LogBudget(1024 * 1024 * 1024), () => number);
    for (const each of messages) {
      retain(headers, each);
      number += 100;
    }
    return headers;
  }

  it("are those that came before it", () => {
    const headers = retainedAt(videoConfig(), audioConfig(), data("meta"));
    expect(headers.at(0).map(readable)).toEqual([]);
    expect(headers.at(150).map(readable)).toEqual(["video 0 avcC", "audio 0 asc"]);
    expect(headers.at(200).map(readable)).toEqual(["video 0 avcC", "audio 0 asc"]);
    expect(headers.at(201).map(readable)).toEqual(["data 0 meta", "video 0 avcC", "audio 0 asc"]);
    expect(headers.knownFrom(150)).toBe(150);
  });

  it("are not known where one was in force that has been replaced", () => {
    const headers = retainedAt(data("meta"), videoConfig("old"), audioConfig(), videoConfig("new"));
    expect([100, 101, 299, 300].map((at) => headers.knownFrom(at))).toEqual([100, 300, 300, 300]);
  });

  it("are known everywhere if the same has come again", () => {
    const headers = retainedAt(videoConfig(), audioConfig(), videoConfig(), audioConfig());
    expect(headers.knownFrom(150)).toBe(150);
  });

  it("are known from where a publisher begins, and where the first one began", () => {
    let number = 0;
    const headers = new RetainedHeaders(new LogBudget(1024 * 1024 * 1024), () => number);
    retain(headers, videoConfig());
    number = 500;
    headers.clear();
    retain(headers, videoConfig("a"));
    number = 700;
    retain(headers, videoConfig("b"));
    expect([0, 1, 500, 501, 700].map((at) => headers.knownFrom(at))).toEqual([0, 500, 500, 700, 700]);
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

describe("the memory of retained headers", () => {
  const config = (mark: string) => videoConfig(mark);

  it("counts with that of all logs, what the mark still needs as well", () => {
    const budget = new LogBudget(1024 * 1024);
    const headers = makeHeaders(budget);
    const { length } = config("a").payload;
    retain(headers, config("a"));
    headers.mark();
    for (const mark of ["b", "c", "d"]) retain(headers, config(mark));
    expect(budget.bytes).toBe(2 * length);
    headers.mark();
    expect(budget.bytes).toBe(length);
    headers.clear();
    expect(budget.bytes).toBe(0);
  });

  it("is at most a part of all, beyond which only modest headers are kept", () => {
    const budget = new LogBudget(1024 * 1024);
    const large = message(MessageType.dataAmf0, 0, [], { mark: "large", length: 100_000 });
    const all = Array.from({ length: 10 }, () => makeHeaders(budget));
    for (const headers of all) headers.retainData("onLarge", large);
    expect(budget.bytes).toBe(2 * 100_000);
    expect(budget.pressure).toBe("none");
    for (const headers of all) retain(headers, config("small"));
    for (const headers of all) expect(kept(headers).map(readable)).toContain("video 0 small");
  });

  it("is not passed over by many modest headers of one stream", () => {
    const budget = new LogBudget(1024);
    const headers = makeHeaders(budget);
    const modest = message(MessageType.dataAmf0, 0, [], { mark: "modest", length: 4000 });
    for (let i = 0; i < 10; i++) headers.retainData(`handler${i}`, modest);
    expect(budget.bytes).toBe(2 * 4000);
  });

  it("costs the same to keep and to mark however many are kept", () => {
    const headers = makeHeaders();
    for (let i = 0; i < MAX_RETAINED_MESSAGES; i++) headers.retainData(`handler${i}`, data(`${i}`));
    const sort = vi.spyOn(Array.prototype, "sort");
    for (let i = 0; i < 1000; i++) {
      retain(headers, data("meta"), videoConfig());
      headers.mark();
    }
    expect(sort).not.toHaveBeenCalled();
    sort.mockRestore();
  });
});

describe("the limits of retained headers", () => {
  const large = (handler: string, length: number) =>
    message(MessageType.dataAmf0, 0, [], { mark: handler, length });

  it("keep as many messages as the limit and pass over the next ones", () => {
    const headers = makeHeaders();
    for (let i = 0; i < MAX_RETAINED_MESSAGES + 5; i++) headers.retainData(`handler${i}`, data(`${i}`));
    expect(kept(headers).length).toBe(MAX_RETAINED_MESSAGES);
    expect(kept(headers).map(readable).at(-1)).toBe(`data 0 ${MAX_RETAINED_MESSAGES - 1}`);
  });

  it("still take a newer message in place of a kept one", () => {
    const headers = makeHeaders();
    for (let i = 0; i < MAX_RETAINED_MESSAGES; i++) headers.retainData(`handler${i}`, data(`${i}`));
    headers.retainData("handler0", data("newer"));
    expect(kept(headers).length).toBe(MAX_RETAINED_MESSAGES);
    expect(kept(headers).map(readable)).toContain("data 0 newer");
  });

  it("keep as many bytes as the limit, and no message that would be more", () => {
    const headers = makeHeaders();
    headers.retainData("a", large("a", MAX_RETAINED_BYTES - 10));
    headers.retainData("b", large("b", 11));
    headers.retainData("c", large("c", 10));
    expect(kept(headers).map(readable)).toEqual(["data 0 a", "data 0 c"]);
  });

  it("keep what was there where a message would be too much, in the order it was in", () => {
    const headers = makeHeaders();
    const config = (mark: string, length: number, ...trackIds: number[]) =>
      multitrack("sequenceStart", 0, { trackIds, mark, length });
    retain(headers, config("both", 50, 0, 1), config("new zero", 50, 0));
    retain(headers, config("too long", MAX_RETAINED_BYTES, 1));
    expect(kept(headers).map(readable)).toEqual(["video 0 both", "video 0 new zero"]);
  });
});
