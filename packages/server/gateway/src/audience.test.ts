import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Audience, type Flushable } from "./audience.ts";

class Seat implements Flushable {
  lastPass = 0;
  isWoken = false;
  readonly turnKey = "192.0.2.1";
  calls = 0;

  flush(): void {
    this.calls += 1;
  }

  fail(error: unknown): void {
    throw error;
  }
}

function seated(count: number): { audience: Audience; seats: Seat[] } {
  const audience = new Audience();
  const seats = Array.from({ length: count }, () => new Seat());
  for (const seat of seats) audience.add(seat);
  return { audience, seats };
}

/** Goes on with the round to its end. */
function finish(audience: Audience): void {
  for (let seat = audience.take(); seat; seat = audience.take()) seat.flush();
}

const callsOf = (seats: readonly Seat[]) => seats.map(({ calls }) => calls);

describe("an audience", () => {
  it("calls no reader before a round, each once in it, and none after it", () => {
    const { audience, seats } = seated(3);
    finish(audience);
    expect(callsOf(seats)).toEqual([0, 0, 0]);
    audience.begin();
    finish(audience);
    finish(audience);
    expect(callsOf(seats)).toEqual([1, 1, 1]);
  });

  it("continues a round where it stopped", () => {
    const { audience, seats } = seated(3);
    audience.begin();
    audience.take()?.flush();
    finish(audience);
    expect(callsOf(seats)).toEqual([1, 1, 1]);
  });

  it("calls each reader once, and none that has left", () => {
    const { audience, seats } = seated(3);
    audience.delete(seats[1]!);
    audience.delete(seats[1]!);
    audience.begin();
    finish(audience);
    expect([callsOf(seats), audience.size]).toEqual([[1, 0, 1], 2]);
  });

  it("calls a reader once that was added several times, until it is removed as often", () => {
    const { audience, seats } = seated(1);
    audience.add(seats[0]!);
    audience.add(seats[0]!);
    for (const sizeAfter of [1, 1, 0]) {
      audience.begin();
      finish(audience);
      audience.delete(seats[0]!);
      expect(audience.size).toBe(sizeAfter);
    }
    expect(callsOf(seats)).toEqual([3]);
  });

  it("calls every reader that stays from the beginning of a round to its end, whichever others come and go", () => {
    const step = fc.record({ action: fc.constantFrom("join", "leave", "take"), at: fc.nat(50) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const { audience, seats } = seated(5);
        const missed = new Set<Flushable>(seats);
        audience.begin();
        for (const { action, at } of steps) {
          if (action === "take") {
            const taken = audience.take();
            if (taken) missed.delete(taken);
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
        for (let seat = audience.take(); seat; seat = audience.take()) missed.delete(seat);
        expect(missed.size).toBe(0);
      }),
    );
  });
});
