import { Bus, DEFAULT_APPLICATION_OPTIONS, type Stream } from "@headgate/bus";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FanOut, type Flushable } from "./fan-out.ts";

let bus: Bus;
let flushed: string[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setImmediate"] });
  const applications = new Map([["*", DEFAULT_APPLICATION_OPTIONS]]);
  bus = new Bus({ applications, chunkSize: 4096, maxStreams: 10, maxLogBytes: 1e6 });
  flushed = [];
});

afterEach(() => {
  vi.useRealTimers();
});

function stream(name: string): Stream {
  const outcome = bus.publish({ application: "live", name });
  if ("refusal" in outcome) throw new Error(outcome.refusal);
  return outcome.publisher.stream;
}

function viewer(name: string, onFlush: () => void = () => {}): Flushable {
  return {
    flush: () => {
      flushed.push(name);
      onFlush();
    },
  };
}

/** What was flushed in this turn of the event loop. */
function turn(): string[] {
  flushed = [];
  vi.advanceTimersToNextTimer();
  return flushed;
}

describe("fan-out", () => {
  it("flushes the viewers of a stream that has changed, and nobody else, at the end of the turn", () => {
    const fanOut = new FanOut();
    const [cam, other] = [stream("cam"), stream("other")];
    fanOut.watch(cam, viewer("a"));
    fanOut.watch(cam, viewer("b"));
    fanOut.watch(other, viewer("c"));
    turn();
    flushed = [];
    fanOut.changed(cam);
    expect(flushed).toEqual([]);
    expect(turn()).toEqual(["a", "b"]);
    expect(turn()).toEqual([]);
  });

  it("flushes once however often a stream has changed in a turn", () => {
    const fanOut = new FanOut();
    const cam = stream("cam");
    fanOut.watch(cam, viewer("a"));
    turn();
    for (let i = 0; i < 100; i++) fanOut.changed(cam);
    expect(turn()).toEqual(["a"]);
  });

  it("flushes once who watches several streams that have changed, and has something of its own", () => {
    const fanOut = new FanOut();
    const [cam, other] = [stream("cam"), stream("other")];
    const both = viewer("both");
    fanOut.watch(cam, both);
    fanOut.watch(other, both);
    fanOut.changed(cam);
    fanOut.changed(other);
    fanOut.wake(both);
    expect(turn()).toEqual(["both"]);
  });

  it("flushes a viewer when it begins to watch", () => {
    const fanOut = new FanOut();
    fanOut.watch(stream("cam"), viewer("a"));
    expect(turn()).toEqual(["a"]);
  });

  it("flushes nobody who no longer watches", () => {
    const fanOut = new FanOut();
    const cam = stream("cam");
    const [a, b] = [viewer("a"), viewer("b")];
    fanOut.watch(cam, a);
    fanOut.watch(cam, b);
    turn();
    fanOut.changed(cam);
    fanOut.unwatch(cam, a);
    expect(turn()).toEqual(["b"]);
    fanOut.unwatch(cam, b);
    fanOut.unwatch(cam, b);
    fanOut.changed(cam);
    expect(turn()).toEqual([]);
  });

  it("does not flush a viewer that another one's flush has made leave", () => {
    const fanOut = new FanOut();
    const cam = stream("cam");
    const late = viewer("late");
    let leaves = false;
    const first = viewer("first", () => {
      if (leaves) fanOut.unwatch(cam, late);
    });
    fanOut.watch(cam, first);
    fanOut.watch(cam, late);
    turn();
    leaves = true;
    fanOut.changed(cam);
    expect(turn()).toEqual(["first"]);
  });

  it("goes on with the others when one leaves in its own flush", () => {
    const fanOut = new FanOut();
    const cam = stream("cam");
    const leaving: Flushable = viewer("leaving", () => fanOut.unwatch(cam, leaving));
    fanOut.watch(cam, leaving);
    fanOut.watch(cam, viewer("staying"));
    expect(turn()).toEqual(["leaving", "staying"]);
    fanOut.changed(cam);
    expect(turn()).toEqual(["staying"]);
  });

  it("leaves to the next turn what comes up in a flush", () => {
    const fanOut = new FanOut();
    const cam = stream("cam");
    let rounds = 0;
    const again: Flushable = viewer("again", () => {
      rounds += 1;
      if (rounds < 3) fanOut.wake(again);
    });
    fanOut.wake(again);
    fanOut.watch(cam, viewer("other"));
    const turns = [turn(), turn(), turn(), turn()];
    expect(turns).toEqual([["again", "other"], ["again"], ["again"], []]);
  });
});
