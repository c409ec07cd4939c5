import { DEFAULT_APPLICATION_OPTIONS, type Refusal, type StreamKey } from "@headgate/bus";
import { RtmpFraming } from "@headgate/chunk";
import { MessageType } from "@headgate/message";
import { NO_FAULTS } from "@headgate/testkit";
import { describe, expect, it, vi } from "vitest";
import { FanOut } from "./fan-out.ts";
import type { Publication } from "./publication.ts";
import { Streams } from "./streams.ts";
import type { Subscription } from "./subscription.ts";

const SOURCE = { query: "", via: [] };
const VIEWER = { messageStreamId: 1 };
const READER = { lastPass: 0, isWoken: false, turnKey: "a", flush: () => {}, fail: () => {} };

function setUp(options: Partial<typeof DEFAULT_APPLICATION_OPTIONS> = {}) {
  const applications = new Map([
    [
      "live",
      { ...DEFAULT_APPLICATION_OPTIONS, publisherPolicy: "takeover", resumeWindowMs: 0, ...options } as const,
    ],
  ]);
  const limits = {
    framing: new RtmpFraming(4096),
    maxStreams: 10,
    maxStreamsPerAddress: 2,
    maxWaitingStreams: 10,
    maxLogBytes: 1e6,
  };
  const fanOut = new FanOut(() => 0, 40, NO_FAULTS);
  const streams = new Streams({ applications, ...limits }, fanOut, NO_FAULTS, () => 0);
  const told: string[] = [];
  streams.observe({
    published: ({ key }, { query }) => told.push(`published ${key.path}${query && ` with a query`}`),
    unpublished: ({ key }) => told.push(`unpublished ${key.path}`),
    wanted: ({ key }, via, turnKey) => told.push(`wanted ${key.path} by ${via.join()} for ${turnKey}`),
    unwanted: ({ key }, via, turnKey) => told.push(`unwanted ${key.path} by ${via.join()} for ${turnKey}`),
  });
  const key = streams.bus.keyOf({ application: "live", name: "cam" }) as StreamKey;
  return { streams, fanOut, told, key };
}

function granted<T extends Publication | Subscription>(outcome: T | Refusal): T {
  if (typeof outcome === "string") throw new Error(outcome);
  return outcome;
}

describe("the streams of a gateway", () => {
  it("tell observers of every beginning and end, once", () => {
    const { streams, told, key } = setUp();
    const publication = granted(streams.publish(key, { query: "token=1", via: [] }));
    const subscription = granted(streams.play(key, VIEWER, READER, ["edge"]));
    for (let time = 0; time < 2; time += 1) {
      publication.end();
      subscription.leave();
    }
    expect(told).toEqual([
      "published live/cam with a query",
      `wanted live/cam by edge for ${READER.turnKey}`,
      "unpublished live/cam",
      `unwanted live/cam by edge for ${READER.turnKey}`,
    ]);
  });

  it("that are fetched give way to a publisher, whatever the policy is, and not to another fetch", () => {
    const { streams, told, key } = setUp({ publisherPolicy: "reject" });
    const pulled = granted(streams.publish(key, { ...SOURCE, isPulled: true }));
    expect(streams.publish(key, { ...SOURCE, isPulled: true })).toBe("ALREADY_PUBLISHED");
    const publication = granted(streams.publish(key, SOURCE));
    expect([pulled.active, publication.active]).toEqual([false, true]);
    expect(streams.publish(key, SOURCE)).toBe("ALREADY_PUBLISHED");
    expect(told).toEqual(["published live/cam", "published live/cam"]);
  });

  it("are not taken from a publisher by what is fetched, whatever the policy is", () => {
    const { streams, key } = setUp({ publisherPolicy: "takeover" });
    const publication = granted(streams.publish(key, SOURCE));
    expect(streams.publish(key, { ...SOURCE, isPulled: true })).toBe("ALREADY_PUBLISHED");
    expect(publication.active).toBe(true);
  });

  it("are forgotten with their last publication and subscription", () => {
    const { streams, key } = setUp();
    const publication = granted(streams.publish(key, SOURCE));
    const { stream } = publication;
    const subscriptions = [1, 2].map(() => granted(streams.play(key, VIEWER, READER, [])));
    publication.end();
    expect(streams.bus.streams.size).toBe(1);
    for (const subscription of subscriptions) subscription.leave();
    expect([streams.bus.streams.size, streams.publicationOf(stream)]).toEqual([0, undefined]);
  });

  it("belong to the last of several publications; the others are told and do nothing more", () => {
    const { streams, told, key } = setUp();
    const onTakenOver = vi.fn();
    const first = granted(streams.publish(key, SOURCE));
    first.onTakenOver = onTakenOver;
    const second = granted(streams.publish(key, SOURCE));
    const log = second.stream.log();
    first.media({
      type: MessageType.audio,
      timestamp: 0,
      messageStreamId: 1,
      payload: Uint8Array.of(0xaf, 1),
    });
    first.end();
    expect([onTakenOver.mock.calls.length, first.active, log.bytes]).toEqual([1, false, 0]);
    expect(streams.publicationOf(second.stream)).toBe(second);
    expect(told).toEqual(["published live/cam", "published live/cam"]);
  });

  it("are not fetched for a reader that follows", () => {
    const { streams, told, key } = setUp();
    const { stream } = granted(streams.publish(key, SOURCE));
    streams.follow(stream, READER).leave();
    expect(told).toEqual(["published live/cam"]);
  });

  it("have rounds for readers that are told, and none for one that looks by itself", () => {
    const { streams, fanOut, key } = setUp();
    const { stream } = granted(streams.publish(key, SOURCE));
    const untold = streams.followUntold(stream, { ...READER });
    expect(fanOut.nextRoundMs(stream)).toBeUndefined();
    const told = streams.follow(stream, { ...READER });
    expect(fanOut.nextRoundMs(stream)).toBeDefined();
    untold.leave();
    expect(fanOut.nextRoundMs(stream)).toBeDefined();
    told.leave();
    expect(fanOut.nextRoundMs(stream)).toBeUndefined();
  });

  it("are taken from a publisher when another process publishes them", () => {
    const { streams, told, key } = setUp();
    const publication = granted(streams.publish(key, SOURCE));
    publication.onTakenOver = () => told.push("taken over");
    streams.evictPublisher("live/other");
    streams.evictPublisher("live/cam");
    streams.evictPublisher("live/cam");
    expect(told).toEqual(["published live/cam", "unpublished live/cam", "taken over"]);
  });

  it("are so many of one address, or one IPv6 /64, and any number of this process", () => {
    const { streams } = setUp();
    const publish = (name: string, remoteAddress?: string) =>
      streams.publish(streams.bus.keyOf({ application: "live", name }) as StreamKey, {
        ...SOURCE,
        remoteAddress,
      });
    const first = granted(publish("a", "2001:db8::1"));
    granted(publish("b", "2001:db8::2"));
    expect(publish("c", "2001:db8::3")).toBe("STREAMS_EXCEEDED");
    for (const name of ["d", "e", "f"]) granted(publish(name));
    granted(publish("g", "2001:db8:0:1::1"));
    first.end();
    granted(publish("c", "2001:db8::3"));
    expect(publish("a", "2001:db8::1")).toBe("STREAMS_EXCEEDED");
  });

  it("count for the address that has taken one over, which may always be the one that had it", () => {
    const { streams } = setUp();
    const publish = (name: string, remoteAddress: string) =>
      streams.publish(streams.bus.keyOf({ application: "live", name }) as StreamKey, {
        ...SOURCE,
        remoteAddress,
      });
    for (const name of ["a", "b"]) granted(publish(name, "192.0.2.1"));
    granted(publish("b", "192.0.2.1"));
    granted(publish("b", "192.0.2.2"));
    granted(publish("c", "192.0.2.1"));
    expect(publish("b", "192.0.2.1")).toBe("STREAMS_EXCEEDED");
  });

  it("wait for a publisher that may resume, and not after a final end", () => {
    const { streams, key } = setUp({ resumeWindowMs: 10_000 });
    granted(streams.play(key, VIEWER, READER, []));
    for (const [how, live] of [
      ["resume", true],
      ["final", false],
    ] as const) {
      const publication = granted(streams.publish(key, SOURCE));
      publication.end(how);
      expect(publication.stream.live).toBe(live);
    }
  });

  it("flush a reader once for all it plays of one stream, until its last subscription ends", () => {
    vi.useFakeTimers({ toFake: ["setImmediate", "performance"] });
    const { streams, key } = setUp();
    const reader = { lastPass: 0, isWoken: false, turnKey: "a", flush: vi.fn(), fail: () => {} };
    const publication = granted(streams.publish(key, SOURCE));
    const [first, second] = [1, 2].map(() => granted(streams.play(key, VIEWER, reader, [])));
    const flushes = (): number => {
      reader.flush.mockClear();
      streams.changed(publication.stream);
      vi.runAllTimers();
      return reader.flush.mock.calls.length;
    };
    flushes();
    expect(flushes()).toBe(1);
    first!.leave();
    expect(flushes()).toBe(1);
    second!.leave();
    expect(flushes()).toBe(0);
    vi.useRealTimers();
  });
});
