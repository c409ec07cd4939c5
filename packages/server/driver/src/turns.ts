import { AddressLine, Arrivals, type Faults, Guard } from "@headgate/transport";

/**
 * How long all peers together may be served at once in one turn of the event loop; the rest wait in the line. Without it, a
 * thousand peers that have been silent would take 2 seconds, each within its own prompt time. Milliseconds.
 */
export const PROMPT_OF_ALL_MS = 16;

/** Less than this goes over into the next turn of the event loop: to notice each turn costs as much as a message. Milliseconds. */
const NEGLIGIBLE_MS = 1;

/** How long the line is served before everything else has its turn. Milliseconds. */
export const ROUND_MS = 8;

/** How much of a round those have first that have been there for a while and do not flood, if others wait. Milliseconds. */
const STEADY_MS = 6;
/**
 * What a millisecond in the line makes up for, of what a peer has taken. New peers have taken nothing, and as many as come must not
 * keep one that has waited for longer from its turn.
 */
const FORGIVEN_BY_WAITING = 1 / 20;

/** What turns are measured by, in milliseconds that never run backward. */
export interface TurnClock {
  now(): number;
  /** The time for which the process has run. */
  cpuMs(): number;
  /** The same as it was a millisecond ago at most. */
  recentCpuMs(nowMs: number): number;
}

/** To ask for it costs as much as a short message, and each message in a turn of its own would ask. Milliseconds. */
const RECENT_MS = 1;

class SystemClock implements TurnClock {
  #askedMs = Number.NEGATIVE_INFINITY;
  #cpuMs = 0;

  now(): number {
    return performance.now();
  }

  cpuMs(): number {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }

  recentCpuMs(nowMs: number): number {
    if (nowMs - this.#askedMs >= RECENT_MS) {
      this.#askedMs = nowMs;
      this.#cpuMs = this.cpuMs();
    }
    return this.#cpuMs;
  }
}

/** What waits in the line. */
export interface TurnTaker {
  /** The address of the peer: peers of one address share a place in the line. */
  readonly turnKey: string;
  takeTurn(): void;
  /** How much time it has taken of late. Milliseconds. */
  takenOfLateMs(nowMs: number): number;
  /** Whether it has been there for a while and does not flood: it waits only because others do. */
  isSteady(nowMs: number): boolean;
}

/**
 * Divides the time of the process among the peers that flood it. They wait in a line, which is served in rounds of
 * {@link ROUND_MS}, in the order of what they have taken of late and how long they have waited: an encoder that once had much to say is
 * soon the first in each round. Those that do not flood come before all others, however many of these are new. Addresses take turns, so that no peer waits for all peers of another address. Between two rounds everything else is
 * served, so what others wait does not depend on how many flood.
 */
export class Turns {
  readonly clock: TurnClock;
  /** Connections as they are accepted, for which the line waits. */
  readonly arrivals: Arrivals;
  /** Since when each waits. */
  readonly #line = new Map<TurnTaker, number>();
  #isRoundDue = false;
  readonly #waits: () => boolean;
  /** Taken outside the line, in this turn of the event loop. */
  #promptMs = 0;
  #isTurnNoted = false;
  readonly #onRound: () => void;
  readonly #onTurn: () => void;

  constructor(faults: Faults, arrivals: Arrivals = new Arrivals(), clock: TurnClock = new SystemClock()) {
    this.clock = clock;
    this.arrivals = arrivals;
    this.#waits = arrivals.forLine();
    const guard = new Guard(faults, "task", () => {});
    this.#onRound = guard.entry(() => this.#serveRound());
    this.#onTurn = guard.entry(() => {
      this.#isTurnNoted = false;
      this.#promptMs = 0;
    });
  }

  /** What is left for peers outside the line, in this turn of the event loop. Milliseconds. */
  get promptLeftMs(): number {
    return Math.max(0, PROMPT_OF_ALL_MS - this.#promptMs);
  }

  /** A peer was served for so long outside the line. */
  spendPrompt(ms: number): void {
    this.#promptMs += ms;
    if (this.#isTurnNoted || this.#promptMs < NEGLIGIBLE_MS) return;
    this.#isTurnNoted = true;
    setImmediate(this.#onTurn);
  }

  /** Waits in the line. */
  await(taker: TurnTaker): void {
    if (!this.#line.has(taker)) this.#line.set(taker, this.clock.now());
    this.#scheduleRound();
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
    if (this.#waits()) return this.#scheduleRound();
    const nowMs = this.clock.now();
    const { steady, others } = this.#inOrder(nowMs);
    this.#serve(steady, nowMs + (others.size > 0 ? STEADY_MS : ROUND_MS));
    this.#serve(others, nowMs + ROUND_MS);
    if (this.#line.size > 0) this.#scheduleRound();
  }

  /** At least the first. */
  #serve(line: AddressLine<TurnTaker>, endMs: number): void {
    for (let taker = line.take(); taker; taker = line.take()) {
      if (!this.#line.delete(taker)) continue;
      taker.takeTurn();
      if (this.clock.now() >= endMs) return;
    }
  }

  #scheduleRound(): void {
    if (this.#isRoundDue) return;
    this.#isRoundDue = true;
    setImmediate(this.#onRound);
  }

  #inOrder(nowMs: number): {
    readonly steady: AddressLine<TurnTaker>;
    readonly others: AddressLine<TurnTaker>;
  } {
    const ranked = [...this.#line].map(([taker, sinceMs]) => ({
      taker,
      rank: taker.takenOfLateMs(nowMs) - (nowMs - sinceMs) * FORGIVEN_BY_WAITING,
    }));
    const [steady, others] = [new AddressLine<TurnTaker>(), new AddressLine<TurnTaker>()];
    for (const { taker } of ranked.sort((a, b) => a.rank - b.rank))
      (taker.isSteady(nowMs) ? steady : others).add(taker.turnKey, taker);
    return { steady, others };
  }
}
