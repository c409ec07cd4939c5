import { type Message, MessageType } from "@headgate/message";
import { describe, expect, it } from "vitest";
import { type ApplicationOptions, DEFAULT_APPLICATION_OPTIONS } from "./application-options.ts";
import { AUDIO_SYNC_DISTANCE_MS, VIDEO_GONE_MS } from "./limits.ts";
import { LivePlayback } from "./live-playback.ts";
import { LogBudget } from "./log-budget.ts";
import {
  audioConfig,
  audioFrame,
  CAM,
  data,
  decodeReadable,
  interFrame,
  keyframe,
  message,
  multitrack,
  RTMP,
  videoConfig,
} from "./messages.test.helper.ts";
import { type Publisher, Stream } from "./stream.ts";

function makeStream(options: Partial<ApplicationOptions> = {}): Stream {
  const budget = new LogBudget(1024 * 1024 * 1024);
  return new Stream(CAM, { ...DEFAULT_APPLICATION_OPTIONS, ...options }, RTMP, budget);
}

/** Publishes the messages, all at the same moment. */
function send(publisher: Publisher, messages: readonly Message[], nowMs = 0): void {
  for (const each of messages) {
    if (each.type === MessageType.dataAmf0) publisher.data(each, "onMetaData", nowMs);
    else publisher.media(each, nowMs);
  }
}

/** What somebody gets who joins now. */
function join(stream: Stream, nowMs = 0): string[] {
  return readOn(new LivePlayback(stream, { messageStreamId: 1 }, nowMs), nowMs);
}

function readOn(viewer: LivePlayback, nowMs = 0): string[] {
  const pieces: Uint8Array[] = [];
  for (let next = viewer.next(1_000_000, nowMs); next !== undefined; next = viewer.next(1_000_000, nowMs)) {
    if (typeof next !== "string") pieces.push(next);
  }
  return decodeReadable(...pieces);
}

/** What a viewer gets who joins when all of it has been published. */
function joinAfter(...messages: readonly Message[]): string[] {
  const stream = makeStream();
  send(stream.publish(), messages);
  return join(stream);
}

describe("a viewer of a stream that is being published", () => {
  it("of audio and video begins at the newest keyframe, after metadata and configurations", () => {
    expect(
      joinAfter(
        data("meta"),
        videoConfig(),
        audioConfig(),
        keyframe(0),
        audioFrame(5),
        interFrame(40),
        keyframe(80),
        audioFrame(85),
        interFrame(120),
      ),
    ).toEqual([
      "data 0 meta",
      "video 80 avcC",
      "audio 80 asc",
      "video 80 key",
      "audio 85 aac",
      "video 120 inter",
    ]);
  });

  it("of audio only begins not long before the newest frame", () => {
    const stream = makeStream();
    const publisher = stream.publish();
    send(publisher, [data("meta"), audioConfig(), audioFrame(0)], 0);
    send(publisher, [audioFrame(240)], AUDIO_SYNC_DISTANCE_MS - 10);
    expect(join(stream)).toEqual(["data 0 meta", "audio 0 asc", "audio 0 aac", "audio 240 aac"]);
    send(publisher, [audioFrame(250), audioFrame(273)], AUDIO_SYNC_DISTANCE_MS);
    expect(join(stream)).toEqual(["data 0 meta", "audio 250 asc", "audio 250 aac", "audio 273 aac"]);
  });

  it("of audio only who waited misses no frame, however many came at once", () => {
    const stream = makeStream();
    const viewer = new LivePlayback(stream, { messageStreamId: 1 }, 0);
    send(stream.publish(), [audioConfig(), audioFrame(0), audioFrame(23), audioFrame(46)]);
    expect(readOn(viewer)).toEqual(["audio 0 asc", "audio 0 aac", "audio 23 aac", "audio 46 aac"]);
  });

  it("of video only begins at the newest keyframe", () => {
    expect(joinAfter(videoConfig(), keyframe(0), keyframe(40), interFrame(80))).toEqual([
      "video 40 avcC",
      "video 40 key",
      "video 80 inter",
    ]);
  });

  it("gets nothing before the first frame", () => {
    expect(joinAfter(data("meta"), videoConfig(), audioConfig())).toEqual([]);
  });

  it("waits for a keyframe once a configuration has promised video, although there is audio", () => {
    expect(joinAfter(audioConfig(), videoConfig(), audioFrame(0), audioFrame(23))).toEqual([]);
  });

  it("of audio that video joins later begins at a frame before it, and then at keyframes", () => {
    const stream = makeStream();
    const publisher = stream.publish();
    send(publisher, [audioConfig(), audioFrame(23), videoConfig(), audioFrame(46)]);
    expect(join(stream)).toEqual(["audio 23 asc", "audio 23 aac", "video 0 avcC", "audio 46 aac"]);
    send(publisher, [keyframe(50), audioFrame(69), interFrame(90)]);
    expect(join(stream)).toEqual([
      "audio 50 asc",
      "video 50 avcC",
      "video 50 key",
      "audio 69 aac",
      "video 90 inter",
    ]);
  });

  it("begins at audio frames again once the video has been gone for long", () => {
    const stream = makeStream({ gopCacheMs: 0 });
    const publisher = stream.publish();
    send(publisher, [audioConfig(), videoConfig(), keyframe(0), audioFrame(5)], 0);
    const viewer = new LivePlayback(stream, { messageStreamId: 1 }, 1);
    send(publisher, [audioFrame(VIDEO_GONE_MS - 1)], VIDEO_GONE_MS - 1);
    const at = VIDEO_GONE_MS;
    expect(readOn(viewer)).toEqual([`audio ${at - 1} asc`, `video ${at - 1} avcC`, `audio ${at - 1} aac`]);
    send(publisher, [audioFrame(at)], at);
    expect(readOn(viewer)).toEqual([`audio ${at} aac`]);
    send(publisher, [interFrame(at + 40), audioFrame(at + 50)], at + 50);
    expect(readOn(viewer)).toEqual([`video ${at + 40} inter`, `audio ${at + 50} aac`]);
    const late = new LivePlayback(stream, { messageStreamId: 1 }, at + 60);
    expect(readOn(late)).toEqual([]);
  });

  it("begins at keyframes with Enhanced RTMP headers", () => {
    const hvc1 = [..."hvc1"].map((letter) => letter.charCodeAt(0));
    const enhanced = (first: number, timestamp: number, mark: string) =>
      message(MessageType.video, timestamp, [first, ...hvc1, 0, 0, 0], { mark });
    expect(
      joinAfter(
        enhanced(0x90, 0, "hvcC"),
        enhanced(0x91, 0, "CodedFrames"),
        enhanced(0xa3, 40, "inter"),
        enhanced(0x93, 80, "CodedFramesX"),
        enhanced(0xa1, 120, "inter"),
        enhanced(0xd4, 120, "colour"),
      ),
    ).toEqual(["video 80 hvcC", "video 80 CodedFramesX", "video 120 inter", "video 120 colour"]);
  });

  it("takes neither a sequence start nor a seek command for a keyframe", () => {
    const seek = message(MessageType.video, 40, [0x57, 0]);
    expect(joinAfter(videoConfig(), keyframe(0), videoConfig("new", 40), seek)).toEqual([
      "video 0 avcC",
      "video 0 key",
      "video 40 new",
      "video 40 ",
    ]);
  });

  it("gets messages without a body, and those nobody understands, like all others", () => {
    const empty = { type: MessageType.audio, timestamp: 5, messageStreamId: 1, payload: new Uint8Array() };
    const strange = message(MessageType.video, 6, [0x8f, 1, 2], { mark: "strange" });
    expect(joinAfter(keyframe(0), empty, { ...empty, type: MessageType.video }, strange)).toEqual([
      "video 0 key",
      "audio 5 ",
      "video 5 ",
      "video 6 strange",
    ]);
  });
});

describe("a stream of several video tracks", () => {
  it("has its sync points where the lowest track has keyframes, not where another one has", () => {
    expect(
      joinAfter(
        videoConfig(),
        multitrack("sequenceStart", 0, { trackIds: [1], mark: "config1" }),
        keyframe(0),
        multitrack("keyframe", 0, { trackIds: [1], mark: "key1" }),
        interFrame(40),
        multitrack("keyframe", 40, { trackIds: [1], mark: "key1 again" }),
      ),
    ).toEqual([
      "video 0 avcC",
      "video 0 config1",
      "video 0 key",
      "video 0 key1",
      "video 40 inter",
      "video 40 key1 again",
    ]);
  });

  it("has them at messages that carry all tracks at once", () => {
    const both = { trackIds: [0, 1] };
    expect(
      joinAfter(
        multitrack("sequenceStart", 0, { ...both, mark: "configs" }),
        multitrack("keyframe", 0, { ...both, mark: "keys" }),
        multitrack("keyframe", 40, { ...both, mark: "more keys" }),
        multitrack("interFrame", 80, { ...both, mark: "inters" }),
      ),
    ).toEqual(["video 40 configs", "video 40 more keys", "video 80 inters"]);
  });

  it("has them on the lowest track there is, and on a lower one as soon as that comes up", () => {
    const stream = makeStream();
    const publisher = stream.publish();
    send(publisher, [multitrack("keyframe", 0, { trackIds: [2], mark: "key2" })]);
    expect(join(stream)).toEqual(["video 0 key2"]);
    send(publisher, [
      multitrack("keyframe", 40, { trackIds: [1], mark: "key1" }),
      multitrack("keyframe", 80, { trackIds: [2], mark: "key2" }),
    ]);
    expect(join(stream)).toEqual(["video 40 key1", "video 80 key2"]);
  });
});

describe("a stream whose lowest video track has been gone for long", () => {
  it("has its sync points on the lowest one that is left", () => {
    const stream = makeStream();
    const publisher = stream.publish();
    const key1 = (timestamp: number) => multitrack("keyframe", timestamp, { trackIds: [1], mark: "key1" });
    send(publisher, [keyframe(0), key1(0)], 0);
    send(publisher, [key1(40)], VIDEO_GONE_MS - 1);
    expect(join(stream)).toEqual(["video 0 key", "video 0 key1", "video 40 key1"]);
    send(publisher, [key1(80)], VIDEO_GONE_MS);
    expect(join(stream)).toEqual(["video 80 key1"]);
    send(publisher, [keyframe(120), key1(120)], VIDEO_GONE_MS + 1);
    expect(join(stream)).toEqual(["video 120 key", "video 120 key1"]);
  });
});

describe("the headers a viewer begins with", () => {
  it("are those of the keyframe's time; what came later follows in its place", () => {
    expect(
      joinAfter(
        data("meta"),
        videoConfig("old"),
        keyframe(0),
        data("new meta", 10),
        videoConfig("new", 20),
        interFrame(40),
      ),
    ).toEqual([
      "data 0 meta",
      "video 0 old",
      "video 0 key",
      "data 0 new meta",
      "video 20 new",
      "video 40 inter",
    ]);
  });

  it("have the time of the first frame, but for metadata, also where the encoder sent them at 0", () => {
    expect(joinAfter(data("meta"), videoConfig(), keyframe(1_234_567))).toEqual([
      "data 0 meta",
      "video 1234567 avcC",
      "video 1234567 key",
    ]);
  });

  it("contain no data that nobody asked to keep, nor what has been cleared", () => {
    const stream = makeStream();
    const publisher = stream.publish();
    publisher.data(data("meta"), "onMetaData", 0);
    publisher.data(data("title"), "onTitle", 0);
    publisher.data(data("cue"), undefined, 0);
    publisher.clearData("onTitle");
    publisher.media(keyframe(0), 0);
    expect(join(stream)).toEqual(["data 0 meta", "video 0 key"]);
  });
});

describe("a publisher", () => {
  it("has no more say once another one has its stream", () => {
    const stream = makeStream();
    const [old, current] = [stream.publish(), stream.publish()];
    expect([old.active, current.active]).toEqual([false, true]);
    send(old, [data("meta"), videoConfig(), keyframe(0)]);
    old.clearData("onMetaData");
    old.end(0);
    expect(stream.log().head).toBe(0);
    expect(stream.publisher).toBe(current);
  });

  it("leaves nothing to its successor: viewers wait for its own keyframe and headers", () => {
    const stream = makeStream();
    const first = stream.publish();
    send(first, [data("meta"), videoConfig("old"), audioConfig("old"), keyframe(0), audioFrame(5)]);
    first.end(0);
    const second = stream.publish();
    expect(join(stream)).toEqual([]);
    send(second, [videoConfig("new")]);
    expect(join(stream)).toEqual([]);
    send(second, [keyframe(0)], 1000);
    expect(join(stream)).toEqual(["video 1005 new", "video 1005 key"]);
  });

  it("may be of audio only after one with video", () => {
    const stream = makeStream();
    send(stream.publish(), [videoConfig(), keyframe(0)]);
    send(stream.publish(), [audioConfig(), audioFrame(0)], 1000);
    expect(join(stream)).toEqual(["audio 1000 asc", "audio 1000 aac"]);
  });

  it("goes on, for those who watch, where the one before stood", () => {
    const stream = makeStream();
    const first = stream.publish();
    const viewer = new LivePlayback(stream, { messageStreamId: 1 }, 0);
    send(first, [videoConfig("old"), keyframe(500)]);
    expect(readOn(viewer)).toEqual(["video 500 old", "video 500 key"]);
    send(first, [interFrame(540)]);
    first.end(0);
    send(stream.publish(), [data("meta"), videoConfig("new"), keyframe(9000), interFrame(9040)], 960);
    expect(readOn(viewer)).toEqual([
      "video 540 inter",
      "data 0 meta",
      "video 1500 new",
      "video 1500 key",
      "video 1540 inter",
    ]);
  });
});

describe("a stream that goes on with other content", () => {
  it("gives viewers the headers of that alone, and until its first keyframe those of before", () => {
    const stream = makeStream();
    const publisher = stream.publish();
    send(publisher, [data("one"), videoConfig("avcC 1"), audioConfig("asc 1"), keyframe(0)]);
    publisher.renew();
    const before = ["data 0 one", "video 0 avcC 1", "audio 0 asc 1", "video 0 key"];
    expect(join(stream)).toEqual(before);
    send(publisher, [data("two"), videoConfig("avcC 2")]);
    expect(join(stream).slice(0, 4)).toEqual(before);
    send(publisher, [keyframe(40)]);
    expect(join(stream)).toEqual(["data 0 two", "video 40 avcC 2", "video 40 key"]);
    expect(stream.codecOf("audio")).toBeUndefined();
  });

  it("without pictures has viewers begin with its sound at once", () => {
    const stream = makeStream();
    const publisher = stream.publish();
    send(publisher, [videoConfig(), keyframe(0)]);
    publisher.renew();
    send(publisher, [audioConfig(), audioFrame(300)], 300);
    expect(join(stream, 300)).toEqual(["audio 300 asc", "audio 300 aac"]);
  });

  it("is not changed by a publisher that has it no longer", () => {
    const stream = makeStream();
    const before = stream.publish();
    send(stream.publish(), [videoConfig(), keyframe(0)]);
    before.renew();
    send(stream.publisher!, [keyframe(40)]);
    expect(join(stream)).toEqual(["video 40 avcC", "video 40 key"]);
  });
});

describe("a stream whose publisher has gone", () => {
  it("is live for as long as the publisher may come back, and begins again with it", () => {
    const stream = makeStream({ resumeWindowMs: 1000 });
    expect(stream.live).toBe(false);
    join(stream);
    stream.publish().end(500);
    expect([stream.live, stream.publisher, stream.resumeUntilMs]).toEqual([true, undefined, 1500]);
    stream.publish();
    expect([stream.live, stream.resumeUntilMs]).toEqual([true, undefined]);
  });

  it("can still be joined at its last keyframe in that time, and not afterwards", () => {
    const stream = makeStream({ resumeWindowMs: 1000 });
    const publisher = stream.publish();
    join(stream);
    send(publisher, [keyframe(0), interFrame(40)]);
    publisher.end(0);
    expect(join(stream)).toEqual(["video 0 key", "video 40 inter"]);
    stream.endResume();
    expect(stream.live).toBe(false);
    expect(join(stream)).toEqual([]);
  });

  it("is over at once where nobody watches", () => {
    const stream = makeStream({ resumeWindowMs: 1000 });
    const publisher = stream.publish();
    send(publisher, [keyframe(0)]);
    publisher.end(0);
    expect([stream.live, join(stream)]).toEqual([false, []]);
  });

  it("is over at once where nobody is waited for", () => {
    const stream = makeStream({ resumeWindowMs: 0 });
    const publisher = stream.publish();
    send(publisher, [keyframe(0)]);
    publisher.end(0);
    expect(stream.live).toBe(false);
    expect(join(stream)).toEqual([]);
  });
});
