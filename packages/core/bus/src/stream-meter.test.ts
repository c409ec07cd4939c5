import { MessageType } from "@headgate/message";
import { describe, expect, it } from "vitest";
import {
  audioConfig,
  audioFrame,
  data,
  interFrame,
  keyframe,
  makeStream,
  videoConfig,
} from "./messages.test.helper.ts";
import { StreamMeter } from "./stream-meter.ts";

const video = (timestamp: number, length = 1_000) => ({
  type: MessageType.video,
  timestamp,
  messageStreamId: 1,
  payload: new Uint8Array(length),
});

describe("rates", () => {
  it("are those of the time that is asked for", () => {
    const meter = new StreamMeter();
    for (let ms = 0; ms < 60_000; ms += 100)
      meter.video(video(ms, ms < 45_000 ? 1_000 : 2_000), true, false, ms);
    expect(meter.rates(60_000, 10_000).videoBytes).toBeCloseTo(20_000);
    expect(meter.rates(60_000, 30_000).videoBytes).toBeCloseTo(15_000);
    expect(meter.rates(60_000, 30_000).videoFrames).toBeCloseTo(10);
  });

  it("count from the first message of a stream that has just begun", () => {
    const meter = new StreamMeter();
    for (let ms = 3_000; ms < 5_000; ms += 100) meter.video(video(ms), true, false, ms);
    expect(meter.rates(5_000, 30_000).videoBytes).toBeCloseTo(10_000);
  });

  it("go down to nothing when nothing comes", () => {
    const meter = new StreamMeter();
    expect(meter.rates(0, 30_000).videoBytes).toBe(0);
    for (let ms = 0; ms < 5_000; ms += 100) meter.audio(video(ms), true, ms);
    expect(meter.rates(20_000, 30_000).audioBytes).toBeGreaterThan(0);
    expect(meter.rates(60_000, 30_000).audioBytes).toBe(0);
    expect(meter.audioBytes).toBe(50_000);
  });
});

describe("the drift between sound and pictures", () => {
  it("is what pictures have fallen behind", () => {
    const meter = new StreamMeter();
    for (let ms = 0; ms < 60_000; ms += 20) {
      meter.audio(video(ms), true, 1_000 + ms);
      meter.video(video(ms), true, false, 1_000 + ms + 300);
    }
    expect(meter.driftMs).toBeCloseTo(300, 0);
  });

  it("is unknown with sound alone, and again when another publisher begins", () => {
    const meter = new StreamMeter();
    meter.audio(video(0), true, 0);
    expect(meter.driftMs).toBeUndefined();
    meter.video(video(0), true, false, 0);
    expect(meter.driftMs).toBe(0);
    meter.begin();
    expect(meter.driftMs).toBeUndefined();
  });
});

it("a stream counts what is published in it, through all of its publishers", () => {
  const stream = makeStream();
  for (const startMs of [0, 10_000]) {
    const publisher = stream.publish();
    publisher.data(data("meta"), "onMetaData", startMs);
    publisher.media(videoConfig(), startMs);
    publisher.media(audioConfig(), startMs);
    publisher.media(keyframe(0), startMs);
    publisher.media(audioFrame(10), startMs);
    publisher.media(interFrame(40), startMs);
    publisher.media(keyframe(2_000), startMs);
  }
  const { meter } = stream;
  expect(meter).toMatchObject({ videoFrames: 6, audioFrames: 2, keyframes: 4, keyframeIntervalMs: 2_000 });
  expect(meter.videoBytes).toBeGreaterThan(meter.audioBytes);
  expect(meter.dataBytes).toBeGreaterThan(0);
});

it("a stream has the headers that are in force", () => {
  const stream = makeStream();
  const publisher = stream.publish();
  publisher.media(videoConfig(), 0);
  publisher.data(data("meta"), "onMetaData", 0);
  expect(stream.headers.map(({ type }) => type)).toEqual([MessageType.dataAmf0, MessageType.video]);
  publisher.end(0);
  expect(stream.headers).toEqual([]);
});
