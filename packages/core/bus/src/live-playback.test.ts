import { type Message, MessageType } from "@headgate/message";
import { beforeEach, describe, expect, it } from "vitest";
import type { ApplicationOptions } from "./application-options.ts";
import { MIN_SEGMENT_BYTES } from "./limits.ts";
import { LivePlayback } from "./live-playback.ts";
import {
  audioConfig,
  audioFrame,
  data,
  decodeReadable,
  interFrame,
  keyframe,
  makeStream,
  videoConfig,
} from "./messages.test.helper.ts";
import type { Publisher, Stream } from "./stream.ts";

let nowMs: number;

beforeEach(() => {
  nowMs = 0;
});

function send(publisher: Publisher, ...messages: readonly Message[]): void {
  for (const each of messages) {
    if (each.type === MessageType.dataAmf0) publisher.data(each, "onMetaData", nowMs);
    else publisher.media(each, nowMs);
  }
}

function watch(stream: Stream, durationMs?: number): LivePlayback {
  return new LivePlayback(stream, { messageStreamId: 1, durationMs }, nowMs);
}

/** Everything a viewer gets at once: notices in capitals between the messages before and after them. */
function next(viewer: LivePlayback, maxBytes = 1_000_000): string[] {
  const story: string[] = [];
  for (let each = viewer.next(maxBytes, nowMs); each !== undefined; each = viewer.next(maxBytes, nowMs)) {
    if (typeof each === "string") story.push(each.toUpperCase());
    else story.push(...decodeReadable(each));
  }
  return story;
}

/** Publishes until a viewer who reads no more has fallen off the log, and then a keyframe. */
function floodLog(publisher: Publisher): void {
  const log = publisher.stream.log();
  const { head } = log;
  while (log.tail <= head) send(publisher, interFrame(1, { mark: "flood", length: MIN_SEGMENT_BYTES / 2 }));
}

describe("a viewer's notices", () => {
  it("are none for a stream that is being published", () => {
    const stream = makeStream();
    const publisher = stream.publish();
    const viewer = watch(stream);
    send(publisher, keyframe(0));
    expect(next(viewer)).toEqual(["video 0 key"]);
  });

  it("tell one who came before the publisher that it has come, before the first byte", () => {
    const stream = makeStream();
    const viewer = watch(stream);
    expect(next(viewer)).toEqual([]);
    const publisher = stream.publish();
    send(publisher, data("meta"), keyframe(0));
    expect(next(viewer)).toEqual(["PUBLISHED", "data 0 meta", "video 0 key"]);
    send(publisher, interFrame(40));
    expect(next(viewer)).toEqual(["video 40 inter"]);
  });

  it("tell that the publisher has gone only after its last byte", () => {
    const stream = makeStream();
    const publisher = stream.publish();
    const viewer = watch(stream);
    send(publisher, keyframe(0));
    next(viewer);
    send(publisher, interFrame(40), interFrame(80), interFrame(120));
    publisher.end(nowMs);
    expect(next(viewer, 1)).toEqual(["video 40 inter", "video 80 inter", "video 120 inter", "UNPUBLISHED"]);
    expect(next(viewer)).toEqual([]);
  });

  it("tell of every publisher that comes and goes", () => {
    const stream = makeStream();
    const viewer = watch(stream);
    for (let round = 0; round < 3; round++) {
      const publisher = stream.publish();
      send(publisher, keyframe(0, { mark: `round ${round}` }));
      expect(next(viewer)).toEqual(["PUBLISHED", expect.stringContaining(`round ${round}`)]);
      publisher.end(nowMs);
      expect(next(viewer)).toEqual(["UNPUBLISHED"]);
    }
  });

  it("are none if one publisher follows the other before the viewer has come so far", () => {
    const stream = makeStream();
    const first = stream.publish();
    const viewer = watch(stream);
    send(first, keyframe(0));
    next(viewer);
    send(first, interFrame(40));
    first.end(nowMs);
    send(stream.publish(), keyframe(0, { mark: "second" }));
    expect(next(viewer)).toEqual(["video 40 inter", "video 80 second"]);
  });

  it("are none for a publisher that comes back within the resume window", () => {
    const stream = makeStream({ resumeWindowMs: 1000 });
    const first = stream.publish();
    const viewer = watch(stream);
    send(first, keyframe(0));
    first.end(nowMs);
    expect(next(viewer)).toEqual(["video 0 key"]);
    nowMs = 999;
    send(stream.publish(), keyframe(0, { mark: "again" }));
    expect(next(viewer)).toEqual(["video 999 again"]);
  });

  it("tell that the publisher has gone when the resume window is over", () => {
    const stream = makeStream({ resumeWindowMs: 1000 });
    const publisher = stream.publish();
    const viewer = watch(stream);
    publisher.end(nowMs);
    expect(next(viewer)).toEqual([]);
    stream.endResume();
    expect(next(viewer)).toEqual(["UNPUBLISHED"]);
    stream.publish();
    expect(next(viewer)).toEqual(["PUBLISHED"]);
  });

  it("tell one who waits for a keyframe that there will be none", () => {
    const stream = makeStream();
    const publisher = stream.publish();
    const viewer = watch(stream);
    send(publisher, interFrame(0));
    publisher.end(nowMs);
    expect(next(viewer)).toEqual(["UNPUBLISHED"]);
  });
});

describe("a viewer that joins", () => {
  it("begins at a keyframe as old as the GOP cache, and no older", () => {
    const stream = makeStream({ gopCacheMs: 5000 });
    const publisher = stream.publish();
    send(publisher, keyframe(0));
    nowMs = 5000;
    const [just, late] = [watch(stream), new LivePlayback(stream, { messageStreamId: 1 }, 5001)];
    expect(next(just)).toEqual(["video 0 key"]);
    expect(next(late)).toEqual([]);
    nowMs = 6000;
    send(publisher, keyframe(6000));
    expect(next(just)).toEqual(["video 6000 key"]);
    expect(next(late)).toEqual(["video 6000 key"]);
  });

  it("waits for the next keyframe where there is no GOP cache", () => {
    const stream = makeStream({ gopCacheMs: 0 });
    const publisher = stream.publish();
    send(publisher, keyframe(0));
    nowMs = 1;
    const viewer = watch(stream);
    send(publisher, interFrame(40));
    expect(next(viewer)).toEqual([]);
    send(publisher, keyframe(80));
    expect(next(viewer)).toEqual(["video 80 key"]);
  });

  it("is one of the stream's viewers until it leaves", () => {
    const stream = makeStream();
    const viewer = watch(stream);
    expect([...stream.viewers]).toEqual([viewer]);
    viewer.leave();
    viewer.leave();
    expect(stream.viewers.size).toBe(0);
  });
});

describe("a viewer without a keyframe to begin at", () => {
  const headers = [data("meta"), videoConfig(), audioConfig()];

  /** A stream whose only keyframe is older than the GOP cache, and a viewer that comes then. */
  function late(options: Partial<ApplicationOptions> = {}, durationMs?: number) {
    const stream = makeStream({ gopCacheMs: 1000, keyframeWaitMs: 3000, ...options });
    const publisher = stream.publish();
    send(publisher, ...headers, keyframe(0), audioFrame(5));
    nowMs = 2000;
    return { stream, publisher, viewer: watch(stream, durationMs) };
  }

  function sendAt(publisher: Publisher, atMs: number): void {
    nowMs = atMs;
    send(publisher, interFrame(atMs), audioFrame(atMs));
  }

  it("gets metadata, configurations and sound at once", () => {
    const { publisher, viewer } = late();
    sendAt(publisher, 2040);
    expect(next(viewer)).toEqual(["data 0 meta", "video 2040 avcC", "audio 2040 asc", "audio 2040 aac"]);
    sendAt(publisher, 2080);
    expect(next(viewer)).toEqual(["audio 2080 aac"]);
  });

  it("gets pictures at the next keyframe, with nothing said twice or left out", () => {
    const { publisher, viewer } = late();
    sendAt(publisher, 2040);
    next(viewer);
    send(publisher, audioFrame(2060), keyframe(2080), interFrame(2120), audioFrame(2125));
    expect(next(viewer)).toEqual(["audio 2060 aac", "video 2080 key", "video 2120 inter", "audio 2125 aac"]);
  });

  it("gets them after the wait from where the stream is", () => {
    const { publisher, viewer } = late();
    sendAt(publisher, 2040);
    next(viewer);
    sendAt(publisher, 5039);
    expect(next(viewer)).toEqual(["audio 5039 aac"]);
    sendAt(publisher, 5040);
    expect(next(viewer)).toEqual(["video 5040 inter", "audio 5040 aac"]);
    sendAt(publisher, 5080);
    expect(next(viewer)).toEqual(["video 5080 inter", "audio 5080 aac"]);
  });

  it("gets them at once if it is not to wait", () => {
    const { publisher, viewer } = late({ keyframeWaitMs: 0 });
    sendAt(publisher, 2040);
    expect(next(viewer).slice(3)).toEqual(["video 2040 inter", "audio 2040 aac"]);
  });

  it("waits no longer when there is no sound, nor when nothing is marked as a keyframe", () => {
    const stream = makeStream();
    const publisher = stream.publish();
    const viewer = watch(stream);
    send(publisher, videoConfig(), interFrame(0));
    expect(next(viewer)).toEqual(["video 0 avcC"]);
    nowMs = 3000;
    send(publisher, interFrame(3000));
    expect(next(viewer)).toEqual(["video 3000 inter"]);
  });

  it("waits from the first picture on, not while there is no publisher", () => {
    const stream = makeStream();
    const viewer = watch(stream);
    nowMs = 60_000;
    const publisher = stream.publish();
    send(publisher, videoConfig(), audioFrame(0), interFrame(40));
    expect(next(viewer)).toEqual(["PUBLISHED", "video 0 avcC", "audio 0 aac"]);
    send(publisher, keyframe(80));
    expect(next(viewer)).toEqual(["video 80 key"]);
  });

  it("shares its bytes again from the keyframe on", () => {
    const { publisher, viewer, stream } = late();
    sendAt(publisher, 2040);
    next(viewer);
    const usual = watch(stream);
    send(publisher, keyframe(2080));
    next(viewer);
    next(usual);
    send(publisher, interFrame(2120));
    expect(viewer.next(1_000_000, nowMs)).toBe(usual.next(1_000_000, nowMs));
  });

  it("gets a picture if a single frame is all it wants", () => {
    const { publisher, viewer } = late({}, 0);
    sendAt(publisher, 2040);
    expect(next(viewer)).toHaveLength(3);
    send(publisher, keyframe(2080), interFrame(2120));
    expect(next(viewer)).toEqual(["video 2080 key", "COMPLETE"]);
  });

  it("gets a duration that counts from where it began", () => {
    const { publisher, viewer } = late({}, 100);
    sendAt(publisher, 2040);
    next(viewer);
    sendAt(publisher, 2139);
    sendAt(publisher, 2140);
    expect(next(viewer)).toEqual(["audio 2139 aac", "COMPLETE"]);
  });

  it("waits anew when it has paused", () => {
    const { publisher, viewer } = late();
    sendAt(publisher, 2040);
    next(viewer);
    viewer.pause(true, nowMs);
    nowMs = 60_000;
    viewer.pause(false, nowMs);
    sendAt(publisher, 60_040);
    expect(next(viewer).slice(3)).toEqual(["audio 60040 aac"]);
  });

  it("gets data at once, also where there is nothing else", () => {
    const stream = makeStream();
    const publisher = stream.publish();
    const viewer = watch(stream);
    send(publisher, data("meta"));
    expect(next(viewer)).toEqual([]);
    publisher.data(data("cue", 7), undefined, nowMs);
    expect(next(viewer)).toEqual(["data 0 meta", "data 7 cue"]);
    publisher.data(data("cue", 8), undefined, nowMs);
    expect(next(viewer)).toEqual(["data 8 cue"]);
  });

  it("does not wait anew each time it falls off the log", () => {
    const { publisher, viewer } = late({ retentionBytes: 4 * MIN_SEGMENT_BYTES });
    sendAt(publisher, 2040);
    next(viewer);
    floodLog(publisher);
    sendAt(publisher, 4000);
    next(viewer);
    sendAt(publisher, 5100);
    expect(next(viewer).at(-2)).toBe("video 5100 inter");
  });
});

describe("a viewer that comes before a file that is sent at full speed", () => {
  it("begins at the first keyframe, whatever configurations come later", () => {
    const stream = makeStream();
    const viewer = watch(stream);
    const publisher = stream.publish();
    send(publisher, data("meta"), videoConfig("first"), audioConfig(), keyframe(0), interFrame(40));
    send(publisher, videoConfig("second", 80), keyframe(80), videoConfig("third", 120), keyframe(120));
    expect(next(viewer)).toEqual([
      "PUBLISHED",
      "data 0 meta",
      "video 0 first",
      "audio 0 asc",
      "video 0 key",
      "video 40 inter",
      "video 80 second",
      "video 80 key",
      "video 120 third",
      "video 120 key",
    ]);
  });

  it("does so after another publisher", () => {
    const stream = makeStream({ resumeWindowMs: 1000 });
    const first = stream.publish();
    send(first, videoConfig("old"), keyframe(0), interFrame(40));
    first.end(nowMs);
    stream.endResume();
    const viewer = watch(stream);
    const publisher = stream.publish();
    send(publisher, videoConfig("first"), keyframe(0), videoConfig("second"), keyframe(40));
    expect(next(viewer)).toEqual([
      "PUBLISHED",
      "video 80 first",
      "video 80 key",
      "video 80 second",
      "video 120 key",
    ]);
  });
});

describe("a viewer that asks for a duration", () => {
  it("gets it and then hears that it is complete, once", () => {
    const stream = makeStream();
    const publisher = stream.publish();
    const viewer = watch(stream, 80);
    send(publisher, keyframe(0), interFrame(40), interFrame(80));
    expect(next(viewer)).toEqual(["video 0 key", "video 40 inter", "COMPLETE"]);
    send(publisher, interFrame(120));
    publisher.end(nowMs);
    expect(next(viewer)).toEqual([]);
  });

  it("of 0 gets a single frame with its headers", () => {
    const stream = makeStream();
    const publisher = stream.publish();
    send(publisher, videoConfig(), keyframe(1000), interFrame(1040));
    expect(next(watch(stream, 0))).toEqual(["video 1000 avcC", "video 1000 key", "COMPLETE"]);
  });
});

describe("a viewer that pauses", () => {
  it("gets nothing, and goes on at the newest keyframe", () => {
    const stream = makeStream();
    const publisher = stream.publish();
    const viewer = watch(stream);
    send(publisher, videoConfig(), keyframe(0));
    next(viewer);
    viewer.pause(true, nowMs);
    send(publisher, interFrame(40), keyframe(80), interFrame(120));
    expect(next(viewer)).toEqual([]);
    viewer.pause(false, nowMs);
    expect(next(viewer)).toEqual(["video 80 avcC", "video 80 key", "video 120 inter"]);
  });

  it("does not lag, however long that takes", () => {
    const stream = makeStream({ lagPolicy: "drop", retentionBytes: 2 * MIN_SEGMENT_BYTES });
    const publisher = stream.publish();
    const viewer = watch(stream);
    send(publisher, keyframe(0));
    next(viewer);
    viewer.pause(true, nowMs);
    floodLog(publisher);
    viewer.pause(false, nowMs);
    send(publisher, keyframe(80));
    expect(next(viewer)).toEqual(["video 80 key"]);
    expect([viewer.lagCount, stream.lagCount]).toEqual([0, 0]);
  });

  it("hears of the publisher meanwhile", () => {
    const stream = makeStream();
    const publisher = stream.publish();
    const viewer = watch(stream);
    send(publisher, keyframe(0));
    viewer.pause(true, nowMs);
    publisher.end(nowMs);
    expect(next(viewer)).toEqual(["UNPUBLISHED"]);
    stream.publish();
    expect(next(viewer)).toEqual(["PUBLISHED"]);
    viewer.pause(false, nowMs);
    expect(next(viewer)).toEqual([]);
  });

  it("does not begin anew if it had not paused", () => {
    const stream = makeStream();
    const publisher = stream.publish();
    const viewer = watch(stream);
    send(publisher, keyframe(0));
    next(viewer);
    viewer.pause(false, nowMs);
    expect(next(viewer)).toEqual([]);
  });
});

describe("a viewer that does not want audio or video", () => {
  const headers = [data("meta"), videoConfig(), audioConfig()];

  it("gets the frames of the other and all headers, so that it can want them at any moment", () => {
    const stream = makeStream();
    const publisher = stream.publish();
    send(publisher, ...headers, keyframe(0), audioFrame(5), interFrame(40));
    const [silent, blind] = [watch(stream), watch(stream)];
    silent.receive("audio", false, nowMs);
    blind.receive("video", false, nowMs);
    expect(next(silent)).toEqual([
      "data 0 meta",
      "video 0 avcC",
      "audio 0 asc",
      "video 0 key",
      "video 40 inter",
    ]);
    expect(next(blind)).toEqual(["data 0 meta", "video 0 avcC", "audio 0 asc", "audio 5 aac"]);
    send(publisher, audioConfig("new asc", 50), videoConfig("new avcC", 60));
    for (const viewer of [silent, blind]) {
      expect(next(viewer)).toEqual(["audio 50 new asc", "video 60 new avcC"]);
    }
  });

  it("goes on with audio where it stands, when it wants it again", () => {
    const stream = makeStream();
    const publisher = stream.publish();
    send(publisher, ...headers, keyframe(0));
    const viewer = watch(stream);
    viewer.receive("audio", false, nowMs);
    next(viewer);
    send(publisher, audioFrame(5), interFrame(40));
    next(viewer);
    viewer.receive("audio", true, nowMs);
    send(publisher, audioFrame(45), interFrame(80));
    expect(next(viewer)).toEqual(["audio 45 aac", "video 80 inter"]);
  });

  it("begins with video at the newest keyframe, when it wants it again", () => {
    const stream = makeStream();
    const publisher = stream.publish();
    send(publisher, ...headers, keyframe(0), interFrame(40));
    const viewer = watch(stream);
    viewer.receive("video", false, nowMs);
    next(viewer);
    send(publisher, interFrame(80), audioFrame(85));
    viewer.receive("video", true, nowMs);
    expect(next(viewer)).toEqual([
      "data 0 meta",
      "video 0 avcC",
      "audio 0 asc",
      "video 0 key",
      "video 40 inter",
      "video 80 inter",
      "audio 85 aac",
    ]);
    viewer.receive("video", true, nowMs);
    expect(next(viewer)).toEqual([]);
  });
});

describe("a viewer that falls off the log", () => {
  const options = { retentionBytes: 4 * MIN_SEGMENT_BYTES };

  it("jumps to the newest keyframe and is counted, by itself and by the stream", () => {
    const stream = makeStream({ ...options, lagPolicy: "jump" });
    const publisher = stream.publish();
    const [viewer, other] = [watch(stream), watch(stream)];
    send(publisher, videoConfig(), keyframe(0));
    next(viewer);
    next(other);
    for (let times = 1; times <= 2; times++) {
      floodLog(publisher);
      send(publisher, keyframe(1000 * times), interFrame(1000 * times + 40));
      expect(next(viewer)).toEqual([
        `video ${1000 * times} avcC`,
        `video ${1000 * times} key`,
        `video ${1000 * times + 40} inter`,
      ]);
      expect([viewer.lagCount, stream.lagCount]).toEqual([times, times]);
    }
    next(other);
    expect([other.lagCount, stream.lagCount]).toEqual([1, 3]);
  });

  it("waits for the next keyframe where the newest is gone too, and has lagged once", () => {
    const stream = makeStream({ ...options, lagPolicy: "jump" });
    const publisher = stream.publish();
    const viewer = watch(stream);
    send(publisher, keyframe(0));
    next(viewer);
    floodLog(publisher);
    expect(next(viewer)).toEqual([]);
    expect(next(viewer)).toEqual([]);
    send(publisher, keyframe(1000));
    expect(next(viewer)).toEqual(["video 1000 key"]);
    expect(viewer.lagCount).toBe(1);
  });

  it("is dropped where the policy says so, and hears nothing more", () => {
    const stream = makeStream({ ...options, lagPolicy: "drop" });
    const publisher = stream.publish();
    const viewer = watch(stream);
    send(publisher, keyframe(0));
    next(viewer);
    floodLog(publisher);
    send(publisher, keyframe(1000));
    expect(next(viewer)).toEqual(["DROPPED"]);
    send(publisher, keyframe(1040));
    publisher.end(nowMs);
    expect(next(viewer)).toEqual([]);
    expect([viewer.lagCount, stream.lagCount]).toEqual([1, 1]);
  });

  it("hears of the end of a publisher whose last bytes it has missed", () => {
    const stream = makeStream({ ...options, lagPolicy: "jump" });
    const publisher = stream.publish();
    const viewer = watch(stream);
    send(publisher, keyframe(0));
    next(viewer);
    floodLog(publisher);
    publisher.end(nowMs);
    expect(next(viewer)).toEqual(["UNPUBLISHED"]);
  });
});
