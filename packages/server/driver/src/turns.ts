import type { Turn } from "@headgate/connection";
import { type Faults, Guard } from "@headgate/transport";

/**
 * What a peer may take of the process's time as soon as something arrives, in each {@link WINDOW_MS}. An encoder that sends in
 * real time takes a tenth of it, a keyframe of a megabyte half. All that begin to flood at one moment take it, each. Milliseconds.
 */
export const PROMPT_MS = 2;

export const WINDOW_MS = 100;

/** A peer that takes more waits in line with its kind for so long. Milliseconds. */
export const FLOODING_MS = 1_000;

/** How long one peer in the line is served before the next one is. Milliseconds. */
export const TURN_MS = 2;

/** How long the line is served before everything else has its turn. Milliseconds. */
export const ROUND_MS = 8;

/** Messages and bytes between two looks at the clock, which together take a millisecond at most. */
const MESSAGES_PER_LOOK = 8;
const BYTES_PER_LOOK = 4 * 1024;

/** A turn that seems so long is looked at more closely: asking for CPU time costs six times as much as for the time. */
const WORTH_CHECKING_MS = 1;

/** What turns are measured by, in milliseconds that never run backward. */
export interface TurnClock {
  now(): number;
  /** The time for which the process has run. */
  cpuMs(): number;
}

const SYSTEM_CLOCK: TurnClock = {
  now: () => performance.now(),
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};

/** After so long half of what a peer has taken is forgotten. Milliseconds. */
const HALF_LIFE_MS = 500;

/** What waits in the line. */
export interface TurnTaker {
  takeTurn(): void;
  /** How much time it has taken of late. Milliseconds. */
  takenOfLateMs(nowMs: number): number;
}

/**
 * Divides the time of the process among the peers that flood it. They wait in a line, which is served in rounds of
 * {@link ROUND_MS}, in the order of what they have taken of late: an encoder that once had much to say is soon the first in each
 * round. Between two rounds everything else is served, so what others wait does not depend on how many flood.
 */
export class Turns {
  readonly clock: TurnClock;
  readonly #line = new Set<TurnTaker>();
  #isRoundDue = false;
  readonly #onImmediate: () => void;

  constructor(faults: Faults, clock: TurnClock = SYSTEM_CLOCK) {
    this.clock = clock;
    const guard = new Guard(faults, "task", () => {});
    this.#onImmediate = guard.entry(() => this.#serveRound());
  }

  /** Waits in the line. */
  await(taker: TurnTaker): void {
    this.#line.add(taker);
    if (this.#isRoundDue) return;
    this.#isRoundDue = true;
    setImmediate(this.#onImmediate);
  }

  isAwaitedBy(taker: TurnTaker): boolean {
    return this.#line.has(taker);
  }

  leave(taker: TurnTaker): void {
    this.#line.delete(taker);
  }

  /** Serves each of the line once, as far as the time lasts. */
  #serveRound(): void {
    this.#isRoundDue = false;
    const nowMs = this.clock.now();
    const endMs = nowMs + ROUND_MS;
    const takenMs = new Map([...this.#line].map((taker) => [taker, taker.takenOfLateMs(nowMs)]));
    const ordered = [...takenMs].sort(([, a], [, b]) => a - b);
    for (const [taker] of ordered) {
      if (!this.#line.delete(taker)) continue;
      taker.takeTurn();
      if (this.clock.now() >= endMs) break;
    }
    const [next] = this.#line;
    if (next) this.await(next);
  }
}

/** The time that one peer takes. */
export class PeerTurn implements Turn {
  readonly #clock: TurnClock;
  /** Until when the peer is served in the line only. */
  #floodingUntilMs = Number.NEGATIVE_INFINITY;
  #windowEndMs = Number.NEGATIVE_INFINITY;
  /** Taken in the window. */
  #takenMs = 0;
  /** As of the end of the last turn. */
  #takenOfLateMs = 0;
  #lastMs = 0;
  #startMs = 0;
  #startCpuMs = 0;
  #allowedMs = 0;
  #messagesLeft = 0;
  #bytesLeft = 0;

  constructor(clock: TurnClock) {
    this.#clock = clock;
  }

  /** Begins a turn in the line. */
  beginInLine(nowMs: number): void {
    this.#begin(nowMs, TURN_MS);
  }

  /** Begins a turn at once, in which a peer that floods has no time. */
  beginPromptly(nowMs: number): void {
    if (nowMs >= this.#windowEndMs) {
      this.#windowEndMs = nowMs + WINDOW_MS;
      this.#takenMs = 0;
    }
    this.#begin(nowMs, this.#floods(nowMs) ? 0 : PROMPT_MS - this.#takenMs);
  }

  goesOn(bytes: number): boolean {
    this.#messagesLeft -= 1;
    this.#bytesLeft -= bytes;
    if (this.#messagesLeft > 0 && this.#bytesLeft > 0) return true;
    const nowMs = this.#clock.now();
    if (nowMs - this.#startMs >= this.#allowedMs && this.#usedMs(nowMs) >= this.#allowedMs) return false;
    this.#lookLater();
    return true;
  }

  /** A peer that has used up its time floods if there is more of it; one that was merely slow to look at does not. */
  end(nowMs: number, isDone: boolean): void {
    const usedMs = this.#usedMs(nowMs);
    this.#takenMs += usedMs;
    this.#takenOfLateMs = this.takenOfLateMs(nowMs) + usedMs;
    this.#lastMs = nowMs;
    const hadNone = this.#allowedMs === 0 && this.#floods(nowMs);
    if (!isDone && !hadNone && usedMs >= this.#allowedMs) this.#floodingUntilMs = nowMs + FLOODING_MS;
  }

  takenOfLateMs(nowMs: number): number {
    return this.#takenOfLateMs * 2 ** ((this.#lastMs - nowMs) / HALF_LIFE_MS);
  }

  #floods(nowMs: number): boolean {
    return nowMs < this.#floodingUntilMs;
  }

  /** Time in which the process did not run, since others did, is not the peer's: the turn begins so much later. */
  #usedMs(nowMs: number): number {
    const passedMs = nowMs - this.#startMs;
    if (this.#allowedMs <= 0 || passedMs < WORTH_CHECKING_MS) return passedMs;
    const usedMs = Math.min(passedMs, this.#clock.cpuMs() - this.#startCpuMs);
    this.#startMs = nowMs - usedMs;
    return usedMs;
  }

  #begin(nowMs: number, allowedMs: number): void {
    this.#startMs = nowMs;
    this.#allowedMs = allowedMs;
    this.#messagesLeft = 0;
    if (allowedMs <= 0) return;
    this.#startCpuMs = this.#clock.cpuMs();
    this.#lookLater();
  }

  #lookLater(): void {
    this.#messagesLeft = MESSAGES_PER_LOOK;
    this.#bytesLeft = BYTES_PER_LOOK;
  }
}
