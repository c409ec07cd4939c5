import { NO_FAULTS } from "@headgate/testkit";
import { Arrivals } from "@headgate/transport";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  FLOODING_MS,
  MAX_OVERRUNS,
  PeerTurn,
  PROMPT_MS,
  STEADY_AFTER_MS,
  TURN_MS,
  WINDOW_MS,
} from "./peer-turn.ts";
import { PROMPT_OF_ALL_MS, ROUND_MS, Turns } from "./turns.ts";

let nowMs = 0;
/** The time in which other processes run. */
let otherMs = 0;
const clock = { now: () => nowMs + otherMs, cpuMs: () => nowMs, recentCpuMs: () => nowMs };

/** For a peer beside which there are no others. */
const ALONE = { promptLeftMs: Number.POSITIVE_INFINITY, spendPrompt: (): void => {} };

/** Looks at messages of so many milliseconds and bytes each, as long as the turn goes on; returns how many there were. */
function use(turn: PeerTurn, msEach: number, bytesEach: number, messages = Number.POSITIVE_INFINITY): number {
  let count = 0;
  for (let goesOn = turn.goesOn(0); goesOn && count < messages; goesOn = turn.goesOn(bytesEach)) {
    nowMs += msEach;
    count += 1;
  }
  turn.end(clock.now(), count === messages);
  return count;
}

/** More than asking for CPU time is worth to. */
const MUCH = 64 * 1024;

function promptly(turn: PeerTurn, msEach: number, bytesEach = 20, messages?: number): number {
  turn.beginPromptly(clock.now(), MUCH);
  return use(turn, msEach, bytesEach, messages);
}

function inLine(turn: PeerTurn, msEach: number, bytesEach = 20, messages?: number): number {
  turn.beginInLine(clock.now());
  return use(turn, msEach, bytesEach, messages);
}

beforeEach(() => {
  nowMs = 0;
  otherMs = 0;
});

describe("a peer's turn", () => {
  it("ends when its time is over, however many messages that was", () => {
    expect(promptly(new PeerTurn(clock, ALONE), 0.001)).toBeGreaterThan(1500);
    expect(promptly(new PeerTurn(clock, ALONE), 1)).toBeLessThan(12);
  });

  it("ends soon after its time even with long messages", () => {
    expect(promptly(new PeerTurn(clock, ALONE), 5, 10_000)).toBe(1);
  });

  it("is over at once for a peer that floods, which is served in the line", () => {
    const turn = new PeerTurn(clock, ALONE);
    promptly(turn, 0.1);
    expect(promptly(turn, 0.1)).toBe(0);
    expect(inLine(turn, TURN_MS / 4, 10_000)).toBe(4);
    nowMs += FLOODING_MS;
    expect(promptly(turn, 0.1)).toBeGreaterThan(0);
  });

  it("is in the line only while it floods, however often input arrives meanwhile", () => {
    const turn = new PeerTurn(clock, ALONE);
    promptly(turn, 0.1);
    for (let ms = 0; ms < FLOODING_MS; ms += 20) {
      expect(promptly(turn, 0.01)).toBe(0);
      nowMs += 20;
    }
    expect(promptly(turn, 0.01, 20, 1)).toBe(1);
  });

  it("has what is left of the window: many short turns count like one long turn", () => {
    const turn = new PeerTurn(clock, ALONE);
    for (let i = 0; i < 4; i += 1) expect(promptly(turn, PROMPT_MS / 4, 20, 1)).toBe(1);
    expect(promptly(turn, 1, 20, 1)).toBe(0);
  });

  it("does not count the time of other processes", () => {
    const turn = new PeerTurn(clock, ALONE);
    turn.beginPromptly(clock.now(), MUCH);
    for (let i = 0; i < 100; i += 1) {
      otherMs += 10;
      nowMs += 0.01;
      expect(turn.goesOn(10_000)).toBe(true);
    }
    turn.end(clock.now(), false);
    expect(promptly(turn, 1)).toBeGreaterThan(0);
  });

  it("asks for CPU time neither at its beginning nor later if there are few bytes to read", () => {
    const never = (): never => {
      throw new Error("asked");
    };
    const turn = new PeerTurn({ now: clock.now, cpuMs: never, recentCpuMs: never }, ALONE);
    turn.beginPromptly(clock.now(), 16);
    expect(use(turn, 2, 16, 1)).toBe(1);
    expect(turn.takenOfLateMs(clock.now())).toBeGreaterThan(0);
    expect(() => turn.beginPromptly(clock.now(), MUCH)).toThrow("asked");
  });

  it("is not charged with a pause of the process, such as for garbage collection", () => {
    const turn = new PeerTurn(clock, ALONE);
    turn.beginPromptly(clock.now(), MUCH);
    expect(turn.goesOn(10_000)).toBe(true);
    nowMs += 100;
    expect(turn.goesOn(10_000)).toBe(false);
    turn.end(clock.now(), false);
    expect(turn.takenOfLateMs(clock.now())).toBe(1);
    expect(promptly(turn, 0.1)).toBeGreaterThan(0);
  });

  it("is charged with costly messages, of which a peer that floods has many", () => {
    const turn = new PeerTurn(clock, ALONE);
    for (let i = 0; i < 5; i += 1) {
      expect(promptly(turn, 5, 10_000)).toBe(1);
      nowMs += WINDOW_MS;
    }
    expect(promptly(turn, 5, 10_000)).toBe(0);
  });

  it("takes no peer for a flooder that has nothing left to read", () => {
    const turn = new PeerTurn(clock, ALONE);
    expect(promptly(turn, 100, 20, 1)).toBe(1);
    nowMs += WINDOW_MS;
    expect(promptly(turn, 1)).toBeGreaterThan(0);
  });

  it("has its full time again in the next window, unless the peer floods", () => {
    const turn = new PeerTurn(clock, ALONE);
    for (let i = 0; i < 10; i += 1) {
      expect(promptly(turn, PROMPT_MS / 2, 20, 1)).toBe(1);
      nowMs += WINDOW_MS;
    }
  });
});

describe("a peer", () => {
  it("is steady once it has been there for a while, unless it floods", () => {
    const turn = new PeerTurn(clock, ALONE);
    expect(turn.isSteady(clock.now())).toBe(false);
    nowMs += STEADY_AFTER_MS;
    expect(turn.isSteady(clock.now())).toBe(true);
    for (let count = 0; count < MAX_OVERRUNS; count += 1) inLine(turn, 0.1);
    expect(turn.isSteady(clock.now())).toBe(true);
    inLine(turn, 0.1);
    expect(turn.isSteady(clock.now())).toBe(false);
    nowMs += FLOODING_MS;
    expect(turn.isSteady(clock.now())).toBe(true);
    inLine(turn, 0.1);
    expect(turn.isSteady(clock.now())).toBe(false);
  });

  it("that has been there for a while may catch up, however often it has to", () => {
    const turn = new PeerTurn(clock, ALONE);
    nowMs += STEADY_AFTER_MS;
    for (let times = 0; times < 10; times += 1) {
      for (let count = 0; count < MAX_OVERRUNS; count += 1) inLine(turn, 0.1);
      inLine(turn, 0.1, 20, 1);
      expect(turn.isSteady(clock.now())).toBe(true);
    }
  });

  it("that has used up its time in a window and gets more meanwhile has overrun it once", () => {
    const turn = new PeerTurn(clock, ALONE);
    nowMs += STEADY_AFTER_MS;
    for (let count = 0; count < 2 * MAX_OVERRUNS; count += 1) promptly(turn, 0.1);
    expect(turn.isSteady(clock.now())).toBe(true);
  });
});

describe("the line of flooding peers", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setImmediate"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("serves each in turn", () => {
    const turns = new Turns(NO_FAULTS, undefined, clock);
    const served: string[] = [];
    const taker = (name: string, times: number) => {
      const self = {
        turnKey: name,
        takeTurn: () => {
          served.push(name);
          if (served.filter((other) => other === name).length < times) turns.await(self);
        },
        takenOfLateMs: () => 0,
        isSteady: () => false,
      };
      return self;
    };
    for (const each of [taker("a", 3), taker("b", 1), taker("c", 2)]) turns.await(each);
    for (let i = 0; i < 3; i += 1) vi.runAllTicks();
    vi.advanceTimersByTime(10);
    expect(served).toEqual(["a", "b", "c", "a", "c", "a"]);
  });

  it("leaves everything else a turn after each round, however many peers wait in it", () => {
    const turns = new Turns(NO_FAULTS, undefined, clock);
    let servedInRound = 0;
    const most: number[] = [];
    for (let i = 0; i < 100; i += 1) {
      turns.await({
        turnKey: `192.0.2.${i}`,
        takeTurn: () => {
          if (servedInRound === 0) setImmediate(() => most.push(servedInRound));
          if (servedInRound === 0) setImmediate(() => (servedInRound = 0));
          servedInRound += 1;
          nowMs += TURN_MS;
        },
        takenOfLateMs: () => 0,
        isSteady: () => false,
      });
    }
    vi.advanceTimersByTime(100);
    expect(Math.max(...most)).toBeLessThanOrEqual(ROUND_MS / TURN_MS);
    expect(most.reduce((sum, count) => sum + count)).toBe(100);
  });

  it("waits in turns in which connections arrive", () => {
    const arrivals = new Arrivals();
    const turns = new Turns(NO_FAULTS, arrivals, clock);
    const taker = { turnKey: "192.0.2.1", takeTurn: vi.fn(), takenOfLateMs: () => 0, isSteady: () => false };
    turns.await(taker);
    for (let turn = 0; turn < 3; turn += 1) {
      arrivals.note();
      vi.advanceTimersToNextTimer();
      expect(taker.takeTurn).not.toHaveBeenCalled();
    }
    vi.advanceTimersToNextTimer();
    expect(taker.takeTurn).toHaveBeenCalledTimes(1);
  });

  it("is served in the order of the time that each has used recently", () => {
    const turns = new Turns(NO_FAULTS, undefined, clock);
    const served: string[] = [];
    for (const [name, takenMs] of Object.entries({ much: 100, little: 1, more: 500 })) {
      const turn = new PeerTurn(clock, ALONE);
      const endMs = nowMs + takenMs;
      while (nowMs < endMs) inLine(turn, 0.1);
      turns.await({
        turnKey: "192.0.2.1",
        takeTurn: () => served.push(name),
        takenOfLateMs: (atMs) => turn.takenOfLateMs(atMs),
        isSteady: () => false,
      });
    }
    vi.advanceTimersByTime(10);
    expect(served).toEqual(["little", "much", "more"]);
  });

  it("serves a peer that has waited for long, however many come that have taken nothing", () => {
    const turns = new Turns(NO_FAULTS, undefined, clock);
    const served: string[] = [];
    const taker = (name: string, takenMs: number) => ({
      turnKey: "192.0.2.1",
      takeTurn: () => {
        served.push(name);
        nowMs += TURN_MS;
      },
      takenOfLateMs: () => takenMs,
      isSteady: () => false,
    });
    turns.await(taker("old", 10));
    for (let round = 0; round < 100 && !served.includes("old"); round += 1) {
      for (let i = 0; i < 8; i += 1) turns.await(taker("new", 0));
      vi.advanceTimersToNextTimer();
    }
    expect(served).toContain("old");
  });

  it("serves those first that do not flood, and in each round one of the others as well", () => {
    const turns = new Turns(NO_FAULTS, undefined, clock);
    const served: string[] = [];
    const taker = (name: string, isSteady: boolean) => ({
      turnKey: "192.0.2.1",
      takeTurn: () => {
        served.push(name);
        nowMs += TURN_MS;
      },
      takenOfLateMs: () => (isSteady ? 100 : 0),
      isSteady: () => isSteady,
    });
    for (const name of ["new 1", "new 2"]) turns.await(taker(name, false));
    for (const name of ["a", "b", "c", "d", "e"]) turns.await(taker(name, true));
    vi.advanceTimersToNextTimer();
    expect(served).toEqual(["a", "b", "c", "new 1"]);
    vi.advanceTimersToNextTimer();
    expect(served.slice(4)).toEqual(["d", "e", "new 2"]);
  });

  it("forgets a peer that leaves it", () => {
    const turns = new Turns(NO_FAULTS, undefined, clock);
    const taker = { turnKey: "192.0.2.1", takeTurn: vi.fn(), takenOfLateMs: () => 0, isSteady: () => false };
    turns.await(taker);
    expect(turns.isAwaitedBy(taker)).toBe(true);
    turns.leave(taker);
    vi.advanceTimersByTime(10);
    expect(taker.takeTurn).not.toHaveBeenCalled();
  });
});

describe("all peers together", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setImmediate"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("share a time in one turn of the event loop, and a peer that gets none of it is no flooder", () => {
    const turns = new Turns(NO_FAULTS, undefined, clock);
    const startMs = nowMs;
    const peers = Array.from({ length: 30 }, () => new PeerTurn(clock, turns));
    for (const peer of peers) promptly(peer, 1, 10_000);
    expect(nowMs - startMs).toBe(PROMPT_OF_ALL_MS);
    const late = peers.at(-1)!;
    expect(promptly(late, 1, 10_000)).toBe(0);
    vi.advanceTimersByTime(1);
    expect(promptly(late, 1, 10_000, 1)).toBe(1);
  });

  it("are served one address after the other, however many of one address wait", () => {
    const turns = new Turns(NO_FAULTS, undefined, clock);
    const served: string[] = [];
    const taker = (turnKey: string, name: string) => ({
      turnKey,
      takeTurn: () => served.push(name),
      takenOfLateMs: () => 0,
      isSteady: () => false,
    });
    for (const name of ["a", "b", "c"]) turns.await(taker("192.0.2.1", name));
    for (const name of ["d", "e"]) turns.await(taker("192.0.2.2", name));
    vi.advanceTimersByTime(10);
    expect(served).toEqual(["a", "d", "b", "e", "c"]);
  });
});
