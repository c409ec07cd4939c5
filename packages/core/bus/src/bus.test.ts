import { describe, expect, it } from "vitest";
import { type ApplicationOptions, DEFAULT_APPLICATION_OPTIONS } from "./application-options.ts";
import { Bus, type BusOptions } from "./bus.ts";
import { MAX_NAME_LENGTH, MIN_SEGMENT_BYTES } from "./limits.ts";
import type { LivePlayback } from "./live-playback.ts";
import { CAM, data, interFrame, keyframe, keyOf, RTMP } from "./messages.test.helper.ts";
import type { Publisher } from "./stream.ts";
import type { StreamKey } from "./stream-key.ts";

const VIEWER = { messageStreamId: 1 };

function makeBus(options: Partial<ApplicationOptions> = {}, limits: Partial<BusOptions> = {}): Bus {
  const live = { ...DEFAULT_APPLICATION_OPTIONS, resumeWindowMs: 0, ...options };
  return new Bus({
    applications: new Map([["live", live]]),
    framing: RTMP,
    maxStreams: 100,
    maxWaitingStreams: 100,
    maxLogBytes: 1024 * 1024 * 1024,
    ...limits,
  });
}

function publish(bus: Bus, key: StreamKey = CAM): Publisher {
  const outcome = bus.publish(key);
  if ("refusal" in outcome) throw new Error(outcome.refusal);
  return outcome.publisher;
}

function play(bus: Bus, key: StreamKey = CAM): LivePlayback {
  const outcome = bus.play(key, VIEWER, 0);
  if ("refusal" in outcome) throw new Error(outcome.refusal);
  return outcome.playback;
}

/** Ends a publisher or a viewer the way the driver does. */
function end(bus: Bus, each: Publisher | LivePlayback, nowMs = 0): void {
  if ("leave" in each) each.leave();
  else each.end(nowMs);
  bus.release(each.stream);
}

function sendMuch(publisher: Publisher): void {
  for (let i = 0; i < 100; i++) publisher.media(keyframe(i, { length: 10_000 }), 0);
}

describe("bus", () => {
  it("brings a publisher and viewers of the same name together, whoever comes first", () => {
    const bus = makeBus();
    const early = play(bus);
    const publisher = publish(bus);
    const late = play(bus);
    expect([...bus.streams.keys()]).toEqual(["live/cam"]);
    expect(publisher.stream.viewers).toEqual(new Set([early, late]));
    expect(play(bus, keyOf("live", "other")).stream).not.toBe(publisher.stream);
  });

  it("counts what the logs of all streams hold", () => {
    const bus = makeBus();
    expect(bus.logBytes).toBe(0);
    for (const name of ["a", "b"]) sendMuch(publish(bus, keyOf("live", name)));
    const logs = [...bus.streams.values()].map((stream) => stream.log().bytes);
    expect(logs.every((bytes) => bytes > 0)).toBe(true);
    expect(bus.logBytes).toBe(logs[0]! + logs[1]!);
  });
});

describe("the bus's applications", () => {
  const options = (gopCacheMs: number) => ({ ...DEFAULT_APPLICATION_OPTIONS, gopCacheMs });

  it("are refused unless they are named", () => {
    const bus = makeBus();
    expect(bus.keyOf({ application: "other", name: "cam" })).toBe("APPLICATION_UNKNOWN");
    const key = keyOf("other", "cam");
    expect(bus.publish(key)).toEqual({ refusal: "APPLICATION_UNKNOWN" });
    expect(bus.play(key, VIEWER, 0)).toEqual({ refusal: "APPLICATION_UNKNOWN" });
    expect(bus.streams.size).toBe(0);
  });

  it("are all taken where * is one of them, under its options unless they have their own", () => {
    const applications = new Map([
      ["live", options(1)],
      ["*", options(2)],
    ]);
    const bus = makeBus({}, { applications });
    expect(publish(bus).stream.options).toBe(applications.get("live"));
    expect(publish(bus, keyOf("other", "cam")).stream.options.gopCacheMs).toBe(2);
  });

  it("have no names that cost more memory than the limit", () => {
    const { applications } = makeBus({}, { applications: new Map([["*", options(0)]]) });
    expect(applications.admits("", ["a".repeat(MAX_NAME_LENGTH)])).toBe(true);
    expect(applications.admits("", ["a".repeat(MAX_NAME_LENGTH + 1)])).toBe(false);
  });
});

const named = (name: string) => keyOf("live", name);

describe("a publisher that has gone", () => {
  it("takes no place of those that publish while it is waited for", () => {
    const bus = makeBus({ resumeWindowMs: 1000 }, { maxStreams: 1 });
    const gone = publish(bus, named("a"));
    play(bus, named("a"));
    end(bus, gone);
    expect(bus.streams.get("live/a")!.live).toBe(true);
    expect(publish(bus, named("b")).active).toBe(true);
    expect(bus.publish(named("a"))).toEqual({ refusal: "STREAMS_EXCEEDED" });
  });

  it("is not waited for where too many streams wait already", () => {
    const bus = makeBus({ resumeWindowMs: 1000 }, { maxWaitingStreams: 3 });
    const publishers = Array.from({ length: 5 }, (_, i) => publish(bus, named(`${i}`)));
    for (let i = 0; i < 5; i++) play(bus, named(`${i}`));
    for (const publisher of publishers) end(bus, publisher);
    expect([...bus.streams.values()].map(({ live }) => live)).toEqual([true, true, true, false, false]);
    expect(bus.expire(2000)).toHaveLength(3);
  });

  it("is not waited for any longer when nobody watches", () => {
    const bus = makeBus({ resumeWindowMs: 1000 });
    const gone = publish(bus, named("a"));
    const viewer = play(bus, named("a"));
    end(bus, gone);
    end(bus, viewer);
    expect([bus.streams.size, bus.logBytes]).toEqual([0, 0]);
  });
});

describe("the bus refuses", () => {
  it("a stream without a name or with one that is too long", () => {
    const bus = makeBus();
    const named = (name: string) => bus.keyOf({ application: "live", name });
    const longest = "a".repeat(MAX_NAME_LENGTH - "live/".length);
    expect(named("")).toBe("NAME_INVALID");
    expect(named(`${longest}a`)).toBe("NAME_INVALID");
    expect(publish(bus, named(longest) as StreamKey).active).toBe(true);
  });

  it("one published stream more than the limit, until one has gone", () => {
    const bus = makeBus({}, { maxStreams: 2 });
    const [first] = [publish(bus, named("a")), publish(bus, named("b"))];
    const waiting = play(bus, named("c"));
    for (const name of ["c", "d"]) expect(bus.publish(named(name))).toEqual({ refusal: "STREAMS_EXCEEDED" });
    expect(play(bus, named("a")).stream.viewers.size).toBe(1);
    end(bus, first);
    expect(publish(bus, named("c")).stream).toBe(waiting.stream);
    expect(bus.publish(named("d"))).toEqual({ refusal: "STREAMS_EXCEEDED" });
  });

  it("no published stream because of those that another process publishes, which counts them", () => {
    const bus = makeBus({ publisherPolicy: "takeover" }, { maxStreams: 1 });
    for (const name of ["a", "b"])
      expect(bus.publish(named(name), { isInternal: true })).toHaveProperty("publisher");
    const own = publish(bus, named("c"));
    expect(bus.publish(named("a"))).toEqual({ refusal: "STREAMS_EXCEEDED" });
    end(bus, own);
    publish(bus, named("a"));
    expect(bus.publish(named("b"))).toEqual({ refusal: "STREAMS_EXCEEDED" });
  });

  it("one waiting stream more than the limit, until one has gone or is published", () => {
    const bus = makeBus({}, { maxWaitingStreams: 2 });
    const [a] = [play(bus, named("a")), play(bus, named("b"))];
    expect(bus.play(named("c"), VIEWER, 0)).toEqual({ refusal: "WAITING_STREAMS_EXCEEDED" });
    expect(play(bus, named("b")).stream.viewers.size).toBe(2);
    end(bus, a);
    expect(play(bus, named("c")).stream.viewers.size).toBe(1);
    expect(bus.play(named("d"), VIEWER, 0)).toEqual({ refusal: "WAITING_STREAMS_EXCEEDED" });
    publish(bus, named("b"));
    expect(play(bus, named("d")).stream.viewers.size).toBe(1);
  });

  it("no publisher for the streams that wait, however many do", () => {
    const bus = makeBus({}, { maxStreams: 10, maxWaitingStreams: 10 });
    for (let i = 0; i < 10; i++) play(bus, named(`waiting${i}`));
    for (let i = 0; i < 10; i++) expect(publish(bus, named(`published${i}`)).active).toBe(true);
    expect([bus.streams.size, bus.waitingStreams]).toEqual([20, 10]);
  });

  it("a second publisher where the policy is to reject it", () => {
    const bus = makeBus({ publisherPolicy: "reject" });
    const first = publish(bus);
    expect(bus.publish(CAM)).toEqual({ refusal: "ALREADY_PUBLISHED" });
    expect(first.active).toBe(true);
    end(bus, first);
    expect(publish(bus).active).toBe(true);
  });
});

describe("a takeover", () => {
  it("gives the stream to the second publisher and names the one it displaces", () => {
    const bus = makeBus({ publisherPolicy: "takeover" });
    const first = publish(bus);
    const outcome = bus.publish(CAM);
    expect(outcome).toMatchObject({ displaced: first, publisher: { active: true } });
    expect(first.active).toBe(false);
  });

  it("displaces nobody where there is nobody, whatever the policy", () => {
    for (const publisherPolicy of ["takeover", "reject"] as const) {
      expect(makeBus({ publisherPolicy }).publish(CAM)).toMatchObject({ displaced: undefined });
    }
  });

  it("also gives a stream to a publisher that comes back in the resume window", () => {
    const bus = makeBus({ publisherPolicy: "reject", resumeWindowMs: 1000 });
    const first = publish(bus);
    first.end(0);
    expect(bus.publish(CAM)).toMatchObject({ displaced: undefined, publisher: { stream: first.stream } });
  });
});

describe("the bus forgets a stream", () => {
  it("when both its publisher and its last viewer have gone, in any order", () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
    ]) {
      const bus = makeBus();
      const publisher = publish(bus);
      const all = [publisher, play(bus), play(bus)];
      sendMuch(publisher);
      for (const [count, index] of order.entries()) {
        expect(bus.streams.size, `after ${count} have gone`).toBe(1);
        end(bus, all[index]!);
      }
      expect([bus.streams.size, bus.logBytes]).toEqual([0, 0]);
    }
  });

  it("at once when its publisher goes and nobody watches, so that names cost a peer their upkeep", () => {
    const bus = makeBus({ resumeWindowMs: 1000 });
    for (let name = 0; name < 100; name++) end(bus, publish(bus), 0);
    expect(bus.streams.size).toBe(0);
  });

  it("not before the resume window is over, as long as somebody watches", () => {
    const bus = makeBus({ resumeWindowMs: 1000 });
    const publisher = publish(bus);
    const viewer = play(bus);
    sendMuch(publisher);
    end(bus, publisher, 500);
    expect(bus.expire(1499)).toEqual([]);
    expect(bus.streams.size).toBe(1);
    expect(bus.expire(1500)).toEqual([publisher.stream]);
    end(bus, viewer);
    expect([bus.streams.size, bus.logBytes]).toEqual([0, 0]);
    expect(bus.expire(2000)).toEqual([]);
  });

  it("in the resume window with its last viewer, and it is not live any more for those who still know it", () => {
    const bus = makeBus({ resumeWindowMs: 1000 });
    const publisher = publish(bus);
    const viewer = play(bus);
    end(bus, publisher, 0);
    expect(publisher.stream.live).toBe(true);
    end(bus, viewer, 100);
    expect([bus.streams.size, publisher.stream.live]).toEqual([0, false]);
  });

  it("not while somebody still waits when the resume window is over", () => {
    const bus = makeBus({ resumeWindowMs: 1000 });
    const publisher = publish(bus);
    const viewer = play(bus);
    end(bus, publisher);
    expect(bus.expire(1000)).toEqual([publisher.stream]);
    expect([...bus.streams.values()]).toEqual([publisher.stream]);
    end(bus, viewer);
    expect(bus.streams.size).toBe(0);
  });

  it("not while it is published, however often it is asked to", () => {
    const bus = makeBus({ publisherPolicy: "takeover" });
    const displaced = publish(bus);
    const current = publish(bus);
    end(bus, displaced);
    bus.release(current.stream);
    expect(bus.streams.get("live/cam")).toBe(current.stream);
  });

  it("and never another one that has come to its name", () => {
    const bus = makeBus();
    const first = publish(bus);
    end(bus, first);
    const second = publish(bus);
    sendMuch(second);
    end(bus, first);
    bus.release(first.stream);
    expect([...bus.streams.values()]).toEqual([second.stream]);
    expect(bus.logBytes).toBe(second.stream.log().bytes);
  });

  it("and gets all its memory back when the logs have been more than they may be", () => {
    const bus = makeBus({}, { maxLogBytes: 5 * MIN_SEGMENT_BYTES });
    const keys = ["a", "b", "c"].map((name) => keyOf("live", name));
    const publishers = keys.map((key) => publish(bus, key));
    const viewers = keys.map((key) => play(bus, key));
    for (let round = 0; round < 10; round++) {
      for (const publisher of publishers) sendMuch(publisher);
      expect(bus.logBytes).toBeLessThanOrEqual(5 * MIN_SEGMENT_BYTES);
    }
    for (const each of [...publishers, ...viewers]) end(bus, each);
    expect([bus.streams.size, bus.logBytes]).toEqual([0, 0]);
    sendMuch(publish(bus));
    expect(bus.logBytes).toBeGreaterThan(0);
  });

  it("whoever has come and gone, so that nothing is left when all are gone", () => {
    const bus = makeBus({ publisherPolicy: "takeover", resumeWindowMs: 100 }, { maxLogBytes: 500_000 });
    const present = new Set<Publisher | LivePlayback>();
    let nowMs = 0;
    for (let step = 0; step < 2000; step++) {
      const key = keyOf("live", `cam${step % 7}`);
      const each = step % 3 === 0 ? publish(bus, key) : play(bus, key);
      present.add(each);
      if ("media" in each) {
        each.data(data("meta"), "onMetaData", nowMs);
        each.media(keyframe(nowMs, { length: 20_000 }), nowMs);
        each.media(interFrame(nowMs + 40), nowMs);
      }
      for (const oldest of [...present].slice(0, step % 2 === 0 ? 2 : 0)) {
        present.delete(oldest);
        end(bus, oldest, nowMs);
      }
      nowMs += 13;
      bus.expire(nowMs);
    }
    for (const each of present) end(bus, each, nowMs);
    bus.expire(nowMs + 100);
    expect([bus.streams.size, bus.logBytes]).toEqual([0, 0]);
  });
});
