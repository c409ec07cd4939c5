import { FlvDecoder, writeFlvHeader } from "@headgate/flv";
import { type Message, MessageType } from "@headgate/message";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ApplicationOptions, DEFAULT_APPLICATION_OPTIONS } from "./application-options.ts";
import { MIN_SEGMENT_BYTES } from "./limits.ts";
import { LivePlayback } from "./live-playback.ts";
import { LogBudget } from "./log-budget.ts";
import {
  audioConfig,
  audioFrame,
  CAM,
  data,
  decodeReadable,
  FLV,
  interFrame,
  keyframe,
  RTMP,
  readable,
  videoConfig,
} from "./messages.test.helper.ts";
import { type Publisher, Stream } from "./stream.ts";

const HEADERS = [data("meta"), videoConfig(), audioConfig()];

function makeStream(options: Partial<ApplicationOptions> = {}, budget = new LogBudget(2 ** 30)): Stream {
  return new Stream(CAM, { ...DEFAULT_APPLICATION_OPTIONS, ...options }, RTMP, budget);
}

function send(publisher: Publisher, messages: readonly Message[], nowMs = 0): void {
  for (const each of messages) {
    if (each.type === MessageType.dataAmf0) publisher.data(each, "onMetaData", nowMs);
    else publisher.media(each, nowMs);
  }
}

function watchTags(stream: Stream, nowMs = 0): LivePlayback {
  return new LivePlayback(stream, { messageStreamId: 1, framing: FLV }, nowMs);
}

function bytesOf(viewer: LivePlayback, nowMs: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let next = viewer.next(1e9, nowMs); next !== undefined; next = viewer.next(1e9, nowMs)) {
    if (typeof next !== "string") pieces.push(next);
  }
  return pieces;
}

/** What a viewer of tags gets now, read as a browser reads it. */
function readTags(viewer: LivePlayback, nowMs = 0): string[] {
  const decoder = new FlvDecoder();
  const tags: string[] = [];
  for (const bytes of [writeFlvHeader({ hasAudio: true, hasVideo: true }), ...bytesOf(viewer, nowMs)]) {
    decoder.push(bytes);
    for (let tag = decoder.next(); tag; tag = decoder.next()) {
      tags.push(readable({ ...tag, timestamp: tag.timestamp >>> 0, messageStreamId: 1 }));
    }
  }
  return tags;
}

function readChunks(viewer: LivePlayback, nowMs = 0): string[] {
  return decodeReadable(...bytesOf(viewer, nowMs));
}

describe("a stream's log in another framing", () => {
  it("is filled from the sync point on, and then with all that comes", () => {
    const stream = makeStream();
    const publisher = stream.publish();
    send(publisher, [...HEADERS, keyframe(0), interFrame(40), keyframe(80), audioFrame(85)]);
    const viewer = watchTags(stream);
    send(publisher, [interFrame(120, { length: 5000 })]);
    expect(readTags(viewer)).toEqual([
      "data 0 meta",
      "video 80 avcC",
      "audio 80 asc",
      "video 80 key",
      "audio 85 aac",
      "video 120 inter",
    ]);
    send(publisher, [videoConfig("new"), keyframe(0x0102_0304)]);
    expect(readTags(viewer)).toEqual(["video 0 new", `video ${0x0102_0304} key`]);
  });

  it("is one for all of its readers, who share its bytes", () => {
    const stream = makeStream();
    send(stream.publish(), [...HEADERS, keyframe(0)]);
    const [one, other] = [watchTags(stream), watchTags(stream)];
    expect(stream.log(FLV)).toBe(stream.log(FLV));
    for (let read = 0; read < 2; read += 1) {
      const bytes = one.next(1e9, 0);
      expect(bytes).toBeInstanceOf(Uint8Array);
      expect(other.next(1e9, 0)).toBe(bytes);
    }
  });

  it("is there from its first reader to its last, and its memory counts", () => {
    const budget = new LogBudget(2 ** 30);
    const stream = makeStream({}, budget);
    const publisher = stream.publish();
    send(publisher, [keyframe(0)]);
    const before = budget.bytes;
    const viewers = [watchTags(stream), watchTags(stream)];
    const log = stream.log(FLV);
    stream.leaveLog(log);
    expect(budget.bytes).toBe(before + MIN_SEGMENT_BYTES);
    viewers[0]!.leave();
    viewers[0]!.leave();
    expect(budget.bytes).toBe(before + MIN_SEGMENT_BYTES);
    viewers[1]!.leave();
    expect(budget.bytes).toBe(before);
    expect(watchTags(stream) && stream.log(FLV)).not.toBe(log);
    stream.close();
    expect(budget.bytes).toBe(0);
  });

  it("is copied whole although its memory is taken from the log that it is copied from", () => {
    const frames = Array.from({ length: 15 }, (_, i) => interFrame(40 * i, { length: 10_000 }));
    const budget = new LogBudget(5 * MIN_SEGMENT_BYTES);
    const stream = makeStream({}, budget);
    send(stream.publish(), [keyframe(0), ...frames]);
    expect(stream.log().tail).toBe(0);
    const log = stream.log(FLV);
    expect(stream.log().tail).toBeGreaterThan(0);
    expect([log.tail, log.syncPoint?.position]).toEqual([0, 0]);
    expect(log.nextNumber).toBe(stream.log().nextNumber);
    expect(budget.bytes).toBeLessThanOrEqual(5 * MIN_SEGMENT_BYTES);
  });
});

describe("viewers of one stream in two framings", () => {
  const anyStep = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom("key", "inter", "inter", "audio", "videoConfig", "audioConfig", "data"),
    },
    { weight: 2, arbitrary: fc.constantFrom("join", "leave", "read", "read") },
    { weight: 1, arbitrary: fc.constantFrom("wait", "publish") },
  );

  it("read the same messages, whenever they join", () => {
    fc.assert(
      fc.property(
        fc.array(anyStep, { maxLength: 80 }),
        fc.constantFrom(0, 100, 12_000),
        (steps, gopCacheMs) => {
          const stream = makeStream({ gopCacheMs, keyframeWaitMs: 300 });
          let publisher = stream.publish();
          const pairs: [LivePlayback, LivePlayback][] = [];
          let nowMs = 0;
          const makers: Record<string, (mark: string) => Message> = {
            key: (mark) => keyframe(nowMs, { mark }),
            inter: (mark) => interFrame(nowMs, { mark, length: 3000 }),
            audio: (mark) => audioFrame(nowMs, { mark }),
            videoConfig: (mark) => videoConfig(mark),
            audioConfig: (mark) => audioConfig(mark),
            data: (mark) => data(mark),
          };
          const read = () => {
            for (const [tags, chunks] of pairs)
              expect(readTags(tags, nowMs)).toEqual(readChunks(chunks, nowMs));
          };
          for (const [index, step] of steps.entries()) {
            const make = makers[step];
            if (make) send(publisher, [make(`${step}${index}`)], nowMs);
            else if (step === "join")
              pairs.push([watchTags(stream, nowMs), new LivePlayback(stream, { messageStreamId: 1 }, nowMs)]);
            else if (step === "leave") for (const viewer of pairs.pop() ?? []) viewer.leave();
            else if (step === "wait") nowMs += 90;
            else if (step === "publish") publisher = stream.publish();
            else read();
            nowMs += 10;
          }
          read();
        },
      ),
      { numRuns: 200, seed: 1207 },
    );
  });
});
