import { Bus, DEFAULT_APPLICATION_OPTIONS, type Stream, type StreamKey } from "@headgate/bus";
import { RtmpFraming } from "@headgate/chunk";
import { NO_FAULTS } from "@headgate/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Flushable } from "./audience.ts";
import { FanOut } from "./fan-out.ts";

let bus: Bus;
let flushed: string[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setImmediate", "setTimeout", "performance"] });
  const applications = new Map([["*", DEFAULT_APPLICATION_OPTIONS]]);
  bus = new Bus({
    applications,
    framing: new RtmpFraming(4096),
    maxStreams: 10,
    maxWaitingStreams: 10,
    maxLogBytes: 1e6,
  });
  flushed = [];
});

afterEach(() => {
  vi.useRealTimers();
});

function stream(name: string): Stream {
  const outcome = bus.publish(bus.keyOf({ application: "live", name }) as StreamKey);
  if ("refusal" in outcome) throw new Error(outcome.refusal);
  return outcome.publisher.stream;
}

function viewer(name: string, onFlush: () => void = () => {}): Flushable {
  return {
    lastPass: 0,
    isWoken: false,
    turnKey: "192.0.2.1",
    flush: () => {
      flushed.push(name);
      onFlush();
    },
    fail: (error) => {
      throw error;
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
  it("flushes the viewers of a changed stream, and no others, at the end of the turn", () => {
    const fanOut = new FanOut(() => 0, 40, NO_FAULTS);
    const [cam, other] = [stream("cam"), stream("other")];
    fanOut.watch(cam, viewer("a"));
    fanOut.watch(cam, viewer("b"));
    fanOut.watch(other, viewer("c"));
    turn();
    flushed = [];
    fanOut.changed(cam);
    expect(flushed).toEqual([]);
    expect(turn().sort()).toEqual(["a", "b"]);
    expect(turn()).toEqual([]);
  });

  it("flushes once however often a stream has changed in a turn", () => {
    const fanOut = new FanOut(() => 0, 40, NO_FAULTS);
    const cam = stream("cam");
    fanOut.watch(cam, viewer("a"));
    turn();
    for (let i = 0; i < 100; i++) fanOut.changed(cam);
    expect(turn()).toEqual(["a"]);
  });

  it("flushes a viewer once for several changed streams and something of its own", () => {
    const fanOut = new FanOut(() => 0, 40, NO_FAULTS);
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
    const fanOut = new FanOut(() => 0, 40, NO_FAULTS);
    fanOut.watch(stream("cam"), viewer("a"));
    expect(turn()).toEqual(["a"]);
  });

  it("flushes no viewer that has left", () => {
    const fanOut = new FanOut(() => 0, 40, NO_FAULTS);
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

  it("does not flush a viewer that left in another one's flush", () => {
    const fanOut = new FanOut(() => 0, 40, NO_FAULTS);
    const cam = stream("cam");
    const late = viewer("late");
    let leaves = false;
    const first = viewer("first", () => {
      if (leaves) fanOut.unwatch(cam, late);
    });
    fanOut.watch(cam, late);
    fanOut.watch(cam, first);
    turn();
    leaves = true;
    fanOut.changed(cam);
    expect(turn()).toEqual(["first"]);
  });

  it("goes on with the others when one leaves in its own flush", () => {
    const fanOut = new FanOut(() => 0, 40, NO_FAULTS);
    const cam = stream("cam");
    const leaving: Flushable = viewer("leaving", () => fanOut.unwatch(cam, leaving));
    fanOut.watch(cam, leaving);
    fanOut.watch(cam, viewer("staying"));
    expect(turn()).toEqual(["leaving", "staying"]);
    fanOut.changed(cam);
    expect(turn()).toEqual(["staying"]);
  });

  it("ends a viewer whose flush throws, and goes on with the others of the round", () => {
    const fanOut = new FanOut(() => 0, 40, NO_FAULTS);
    const cam = stream("cam");
    const failed: unknown[] = [];
    const broken: Flushable = {
      ...viewer("broken", () => {
        throw "a bug";
      }),
      fail: (error) => {
        failed.push(error);
        fanOut.unwatch(cam, broken);
      },
    };
    for (const watcher of [viewer("a"), broken, viewer("b")]) fanOut.watch(cam, watcher);
    expect(turn()).toEqual(["a", "broken", "b"]);
    fanOut.changed(cam);
    expect(turn().sort()).toEqual(["a", "b"]);
    expect(failed).toEqual(["a bug"]);
  });

  it("leaves what a flush causes to the next turn", () => {
    const fanOut = new FanOut(() => 0, 40, NO_FAULTS);
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

  it("brings what changes in a flush to viewers flushed before it in the same turn", () => {
    const fanOut = new FanOut(() => 0, 40, NO_FAULTS);
    const cam = stream("cam");
    const watching = viewer("watching");
    fanOut.watch(cam, watching);
    turn();
    fanOut.wake(watching);
    fanOut.wake(viewer("publishing", () => fanOut.changed(cam)));
    expect([turn(), turn()]).toEqual([["watching", "publishing"], ["watching"]]);
  });
});

describe("fan-out that merges", () => {
  const WINDOW_MS = 100;

  /** What is flushed while time passes, millisecond by millisecond. */
  function pass(ms: number, each: () => void = () => {}): string[][] {
    return Array.from({ length: ms }, () => {
      each();
      flushed = [];
      vi.advanceTimersByTime(1);
      return flushed;
    });
  }

  function watchedBy(
    count: number,
    windowMs: () => number,
  ): { fanOut: FanOut; cam: Stream; names: string[] } {
    const fanOut = new FanOut(windowMs, 40, NO_FAULTS);
    const cam = stream("cam");
    const names = Array.from({ length: count }, (_, index) => `viewer ${index}`);
    for (const name of names) fanOut.watch(cam, viewer(name));
    pass(2 * WINDOW_MS, () => fanOut.changed(cam));
    return { fanOut, cam, names };
  }

  it("flushes each viewer once in a window, all of them in a row, however often the stream changes", () => {
    const { fanOut, cam, names } = watchedBy(20, () => WINDOW_MS);
    const rounds = pass(10 * WINDOW_MS, () => fanOut.changed(cam)).filter(({ length }) => length > 0);
    expect(rounds.map((round) => round.sort())).toEqual(Array(10).fill(names.sort()));
  });

  it("is preceded by the reading of what comes just in time for it", () => {
    let cam: Stream | undefined;
    const fanOut = new FanOut(
      () => WINDOW_MS,
      40,
      NO_FAULTS,
      () => {
        // One that has to wait in the line is read at the end of the turn in which its bytes come.
        setImmediate(setImmediate, () => {
          flushed.push("read");
          fanOut.changed(cam!);
        });
      },
    );
    cam = stream("cam");
    fanOut.watch(cam, viewer("a"));
    pass(2 * WINDOW_MS, () => fanOut.changed(cam!));
    flushed = [];
    vi.advanceTimersByTime(WINDOW_MS + 1);
    expect(flushed).toEqual(["read", "a"]);
  });

  it("has one round for all streams", () => {
    const { fanOut, cam } = watchedBy(1, () => WINDOW_MS);
    const other = stream("other");
    fanOut.watch(other, viewer("other"));
    const rounds = pass(3 * WINDOW_MS, () => {
      fanOut.changed(cam);
      fanOut.changed(other);
    });
    expect(rounds.filter(({ length }) => length > 0).slice(-2)).toEqual(Array(2).fill(["viewer 0", "other"]));
  });

  it("flushes a change after a silent window at the end of the turn", () => {
    const { fanOut, cam, names } = watchedBy(20, () => WINDOW_MS);
    pass(2 * WINDOW_MS);
    fanOut.changed(cam);
    expect(turn().sort()).toEqual(names.sort());
  });

  it("does the same if a viewer was woken in the silence", () => {
    const { fanOut, cam, names } = watchedBy(20, () => WINDOW_MS);
    pass(2 * WINDOW_MS);
    fanOut.wake(viewer("woken"));
    expect(pass(1).flat()).toEqual(["woken"]);
    fanOut.changed(cam);
    expect(pass(1).flat().sort()).toEqual(names.sort());
  });

  it("brings the last change to all viewers, and then sleeps", () => {
    const { fanOut, cam, names } = watchedBy(20, () => WINDOW_MS);
    fanOut.changed(cam);
    expect(new Set(pass(2 * WINDOW_MS).flat())).toEqual(new Set(names));
    expect(vi.getTimerCount()).toBe(0);
  });

  it("flushes a viewer at once that has something of its own to write", () => {
    const { fanOut } = watchedBy(20, () => WINDOW_MS);
    fanOut.wake(viewer("woken"));
    expect(pass(1).flat()).toContain("woken");
  });

  it("flushes all viewers at the end of the turn again when the window closes", () => {
    let windowMs = WINDOW_MS;
    const { fanOut, cam } = watchedBy(20, () => windowMs);
    windowMs = 0;
    pass(WINDOW_MS);
    fanOut.changed(cam);
    expect(turn().length).toBe(20);
  });
});

describe("fan-out to viewers that take long", () => {
  /** Each takes a millisecond. */
  const slow = (name: string, onFlush: () => void = () => {}): Flushable =>
    viewer(name, () => {
      nowMs += 1;
      onFlush();
    });
  let nowMs: number;

  beforeEach(() => {
    nowMs = 0;
    vi.spyOn(performance, "now").mockImplementation(() => nowMs);
  });

  it("serves others in between, forgets no viewer, and reports the longest hold once", () => {
    const fanOut = new FanOut(() => 0, 40, NO_FAULTS);
    const cam = stream("cam");
    for (let i = 0; i < 50; i += 1) fanOut.watch(cam, slow(`viewer ${i}`));
    const turns = [turn(), turn()];
    expect(turns.map(({ length }) => length)).toEqual([4, 4]);
    for (let i = 0; i < 11; i += 1) turns.push(turn());
    expect(new Set(turns.flat()).size).toBe(50);
    expect([fanOut.takeLongestHoldMs(), fanOut.takeLongestHoldMs()]).toEqual([4, 0]);
  });

  it("takes longer at once where everything else takes its time", () => {
    const fanOut = new FanOut(() => 0, 40, NO_FAULTS);
    const cam = stream("cam");
    for (let i = 0; i < 50; i += 1) fanOut.watch(cam, slow(`viewer ${i}`));
    const turnAfter = (ms: number): number => {
      nowMs += ms;
      return turn().length;
    };
    expect([0, 20, 32, 1_000].map(turnAfter)).toEqual([4, 5, 8, 12]);
  });

  it("brings a change amid a round to all viewers in the next round", () => {
    const fanOut = new FanOut(() => 0, 40, NO_FAULTS);
    const cam = stream("cam");
    for (let i = 0; i < 20; i += 1) fanOut.watch(cam, slow(`viewer ${i}`));
    for (let i = 0; i < 5; i += 1) turn();
    fanOut.changed(cam);
    const first = turn();
    fanOut.changed(cam);
    const rest = Array.from({ length: 10 }, () => turn()).flat();
    expect([first.length, rest.length, new Set(rest).size]).toEqual([4, 36, 20]);
    expect(turn()).toEqual([]);
  });

  it("serves both a changed stream and viewers that always have more of their own to write", () => {
    const fanOut = new FanOut(() => 0, 40, NO_FAULTS);
    const cam = stream("cam");
    for (let i = 0; i < 20; i += 1) fanOut.watch(cam, slow("watching"));
    for (let i = 0; i < 10; i += 1) turn();
    for (let i = 0; i < 20; i += 1) {
      const eager: Flushable = slow(`eager ${i}`, () => fanOut.wake(eager));
      fanOut.wake(eager);
    }
    fanOut.changed(cam);
    const written = Array.from({ length: 10 }, () => turn()).flat();
    expect(written.filter((name) => name === "watching").length).toBe(20);
    expect(new Set(written).size).toBe(21);
  });

  it("does not hold up a round for viewers that always have more to write, and take long for it", () => {
    const fanOut = new FanOut(() => 0, 40, NO_FAULTS);
    const cam = stream("cam");
    for (let i = 0; i < 20; i += 1) fanOut.watch(cam, viewer("quick"));
    for (let i = 0; i < 50; i += 1) {
      const eager: Flushable = viewer("eager", () => {
        nowMs += 10;
        fanOut.wake(eager);
      });
      fanOut.watch(cam, eager);
    }
    for (let i = 0; i < 100; i += 1) turn();
    fanOut.changed(cam);
    const written = [turn(), turn()].flat();
    expect(written.filter((name) => name === "quick").length).toBe(20);
    expect(written.filter((name) => name === "eager").length).toBe(2);
  });

  it("does not hold up a round for viewers that play many streams, and forgets none of them", () => {
    const fanOut = new FanOut(() => 0, 40, NO_FAULTS);
    const cam = stream("cam");
    const many = (name: string): Flushable => ({ ...slow(name), playsMany: true });
    for (let i = 0; i < 20; i += 1) fanOut.watch(cam, many(`many ${i}`));
    fanOut.watch(cam, viewer("one"));
    while (turn().length > 0);
    fanOut.changed(cam);
    expect(turn()).toEqual(["one"]);
    const later = new Set<string>();
    for (let names = turn(); names.length > 0; names = turn()) for (const name of names) later.add(name);
    expect(later.size).toBe(20);
  });

  it("lets no stream wait behind another that always changes", () => {
    const fanOut = new FanOut(() => 0, 40, NO_FAULTS);
    const [busy, quiet] = [stream("busy"), stream("quiet")];
    for (let i = 0; i < 20; i += 1)
      fanOut.watch(
        busy,
        slow("busy", () => fanOut.changed(busy)),
      );
    fanOut.watch(quiet, viewer("quiet"));
    for (let i = 0; i < 10; i += 1) turn();
    fanOut.changed(quiet);
    const [ofThisRound, ofTheNext] = [5, 6];
    const turns = Array.from({ length: ofThisRound + ofTheNext }, () => turn());
    expect(turns.flat()).toContain("quiet");
  });
});

describe("sound", () => {
  function watched(windowMs: number): { readonly fanOut: FanOut; readonly cam: Stream } {
    const fanOut = new FanOut(() => windowMs, 40, NO_FAULTS);
    const cam = stream("cam");
    fanOut.watch(cam, viewer("a"));
    turn();
    flushed = [];
    return { fanOut, cam };
  }

  it("is written with the next picture", () => {
    const { fanOut, cam } = watched(0);
    fanOut.changed(cam, "sound");
    vi.advanceTimersByTime(30);
    expect(flushed).toEqual([]);
    fanOut.changed(cam);
    vi.advanceTimersByTime(60);
    expect(flushed).toEqual(["a"]);
  });

  it("is written alone when no picture comes in time, and the timer of one picture is not the next one's", () => {
    const { fanOut, cam } = watched(0);
    fanOut.changed(cam, "sound");
    vi.advanceTimersByTime(39);
    fanOut.changed(cam);
    vi.advanceTimersByTime(1);
    fanOut.changed(cam, "sound");
    flushed = [];
    vi.advanceTimersByTime(38);
    expect(flushed).toEqual([]);
    vi.advanceTimersByTime(4);
    expect(flushed).toEqual(["a"]);
  });

  it("waits in no other way while messages are gathered for longer", () => {
    const { fanOut, cam } = watched(100);
    vi.advanceTimersByTime(200);
    flushed = [];
    fanOut.changed(cam, "sound");
    vi.advanceTimersByTime(1);
    expect(flushed).toEqual(["a"]);
  });
});
