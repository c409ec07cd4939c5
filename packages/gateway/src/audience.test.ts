import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Audience, type Flushable } from "./audience.ts";

class Seat implements Flushable {
  calls = 0;

  flush(): void {
    this.calls += 1;
  }
}

function seated(count: number): { audience: Audience; seats: Seat[] } {
  const audience = new Audience();
  const seats = Array.from({ length: count }, () => new Seat());
  for (const seat of seats) audience.add(seat);
  return { audience, seats };
}

/** Calls everybody for whom it is time; returns how many that were. */
function call(audience: Audience, nowMs: number, windowMs: number): number {
  audience.advance(nowMs, windowMs);
  let calls = 0;
  for (let seat = audience.take(); seat; seat = audience.take()) {
    seat.flush();
    calls += 1;
  }
  return calls;
}

const callsOf = (seats: readonly Seat[]) => seats.map(({ calls }) => calls);

describe("an audience", () => {
  it("calls nobody while nothing has changed", () => {
    const { audience } = seated(3);
    expect([call(audience, 0, 0), audience.isDue]).toEqual([0, false]);
  });

  it("calls everybody at once without a window, once for each change", () => {
    const { audience, seats } = seated(3);
    audience.changed();
    audience.changed();
    expect(call(audience, 0, 0)).toBe(3);
    expect(callsOf(seats)).toEqual([1, 1, 1]);
    expect([call(audience, 1, 0), audience.isDue]).toEqual([0, false]);
  });

  it("spreads everybody evenly over a window while the stream goes on, each once in it", () => {
    const { audience, seats } = seated(100);
    audience.changed();
    call(audience, 0, 100);
    const calls: number[] = [];
    for (let nowMs = 10; nowMs <= 100; nowMs += 10) {
      audience.changed();
      calls.push(call(audience, nowMs, 100));
    }
    expect(calls).toEqual(Array(10).fill(10));
    expect(callsOf(seats)).toEqual(Array(100).fill(2));
  });

  it("calls a single viewer once in a window", () => {
    const { audience, seats } = seated(1);
    for (let nowMs = 0; nowMs <= 1000; nowMs += 10) {
      audience.changed();
      call(audience, nowMs, 100);
    }
    expect(callsOf(seats)).toEqual([11]);
  });

  it("calls everybody at once when the stream has been quiet for a window", () => {
    const { audience } = seated(10);
    audience.changed();
    call(audience, 0, 100);
    audience.changed();
    expect(call(audience, 500, 100)).toBe(10);
  });

  it("stops when the last change has reached everybody", () => {
    const { audience } = seated(10);
    audience.changed();
    call(audience, 0, 100);
    audience.changed();
    let calls = 0;
    for (let nowMs = 10; nowMs <= 300; nowMs += 10) calls += call(audience, nowMs, 100);
    expect([calls, audience.isDue]).toEqual([10, false]);
  });

  it("owes what there was no time for to the next go, without making up for it twice", () => {
    const { audience, seats } = seated(10);
    audience.changed();
    audience.advance(0, 100);
    audience.take()?.flush();
    call(audience, 1, 100);
    expect(callsOf(seats)).toEqual(Array(10).fill(1));
  });

  it("calls nobody who has left, and has everybody once", () => {
    const { audience, seats } = seated(3);
    audience.add(seats[0]!);
    audience.delete(seats[1]!);
    audience.delete(seats[1]!);
    audience.changed();
    call(audience, 0, 0);
    expect([callsOf(seats), audience.size]).toEqual([[1, 0, 1], 2]);
  });

  it("reaches everybody with the last change, however many come and go meanwhile", () => {
    const step = fc.record({
      action: fc.constantFrom("join", "leave", "change", "pass"),
      at: fc.nat(50),
      windowMs: fc.constantFrom(0, 3, 100),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const { audience, seats } = seated(5);
        const missed = new Set<Seat>();
        let nowMs = 0;
        const pass = (ms: number, windowMs: number): void => {
          nowMs += ms;
          audience.advance(nowMs, windowMs);
          for (let seat = audience.take(); seat; seat = audience.take()) missed.delete(seat as Seat);
        };
        for (const { action, at, windowMs } of steps) {
          if (action === "pass") pass(at, windowMs);
          else if (action === "change") {
            audience.changed();
            for (const seat of seats) missed.add(seat);
          } else if (action === "join") {
            seats.push(new Seat());
            audience.add(seats.at(-1)!);
          } else {
            const [leaving] = seats.splice(at % Math.max(1, seats.length), 1);
            if (leaving) {
              audience.delete(leaving);
              missed.delete(leaving);
            }
          }
        }
        for (let i = 0; i < 3; i += 1) pass(100, 100);
        expect([missed.size, audience.isDue]).toEqual([0, false]);
      }),
    );
  });
});
