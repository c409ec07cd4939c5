import type { Turn } from "@headgate/connection";
import { type Faults, Guard } from "@headgate/transport";

/**
 * What a peer may take of the process's time as soon as something arrives, in each {@link WINDOW_MS}. An encoder that sends in
 * real time takes a tenth of it, a large keyframe half. Milliseconds.
 */
export const PROMPT_MS = 4;

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

/** What waits in the line. */
export interface TurnTaker {
  takeTurn(): void;
}

/**
 * Divides the time of the process among the peers that flood it. They wait in a line, which is served in rounds of
 * {@link ROUND_MS}. Between two rounds everything else is served, so what others wait does not depend on how many flood.
 */
export class Turns {
  readonly now: () => number;
  readonly #line = new Set<TurnTaker>();
  #isRoundDue = false;
  readonly #onImmediate: () => void;

  /** `now` tells milliseconds, never running backward. */
  constructor(now: () => number, faults: Faults) {
    this.now = now;
    const guard = new Guard(faults, "task", () => {});
    this.#onImmediate = guard.entry(() => this.#serveRound());
  }

  /** Goes to the end of the line, or stays where it is in it. */
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
    const endMs = this.now() + ROUND_MS;
    for (const taker of [...this.#line]) {
      if (!this.#line.delete(taker)) continue;
      taker.takeTurn();
      if (this.now() >= endMs) break;
    }
    const [next] = this.#line;
    if (next) this.await(next);
  }
}

/** The time that one peer takes. */
export class PeerTurn implements Turn {
  readonly #now: () => number;
  /** Until when the peer is served in the line only. */
  #floodingUntilMs = Number.NEGATIVE_INFINITY;
  #windowEndMs = Number.NEGATIVE_INFINITY;
  /** Taken in the window, outside the line. */
  #takenMs = 0;
  #startMs = 0;
  #endMs = 0;
  #messagesLeft = 0;
  #bytesLeft = 0;

  constructor(now: () => number) {
    this.#now = now;
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
    this.#begin(nowMs, nowMs < this.#floodingUntilMs ? 0 : PROMPT_MS - this.#takenMs);
  }

  goesOn(bytes: number): boolean {
    this.#messagesLeft -= 1;
    this.#bytesLeft -= bytes;
    if (this.#messagesLeft > 0 && this.#bytesLeft > 0) return true;
    const nowMs = this.#now();
    if (nowMs >= this.#endMs) {
      this.#floodingUntilMs = nowMs + FLOODING_MS;
      return false;
    }
    this.#lookLater();
    return true;
  }

  end(nowMs: number): void {
    this.#takenMs += nowMs - this.#startMs;
  }

  #begin(nowMs: number, allowedMs: number): void {
    this.#startMs = nowMs;
    this.#endMs = nowMs + allowedMs;
    if (allowedMs > 0) this.#lookLater();
    else this.#messagesLeft = 0;
  }

  #lookLater(): void {
    this.#messagesLeft = MESSAGES_PER_LOOK;
    this.#bytesLeft = BYTES_PER_LOOK;
  }
}
