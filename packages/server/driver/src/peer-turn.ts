import type { Turn } from "@headgate/connection";
import type { TurnClock, Turns } from "./turns.ts";

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

/** Messages and bytes between two looks at the clock, which together take a millisecond at most. */
const MESSAGES_PER_LOOK = 8;
const BYTES_PER_LOOK = 4 * 1024;

/** A turn that seems so long is looked at more closely: asking for CPU time costs six times as much as for the time. */
const WORTH_CHECKING_MS = 1;

/**
 * With fewer bytes the time that passes counts, and CPU time is not asked for: the acknowledgements of a thousand viewers would ask
 * a thousand times a second. If the process stands still meanwhile, the peer waits in line once.
 */
const SHORT_INPUT_BYTES = 1024;

/** As many garbage collections may fall into turns of one peer in {@link PAUSES_WITHIN_MS}; two in a row are not rare. */
const MAX_PAUSES = 4;
const PAUSES_WITHIN_MS = 500;

/** After so long half of what a peer has taken is forgotten. Milliseconds. */
const HALF_LIFE_MS = 500;

/** A peer that has been there for so long is no longer new. A new one has taken nothing because it had no time. Milliseconds. */
export const STEADY_AFTER_MS = 3_000;

/**
 * A peer that has been there for so long may leave so many turns in a row with more to do: when the network or this process has stood
 * still, an encoder has seconds to catch up on. If it had to do so with those who flood, it would fall ever further behind.
 */
export const MAX_OVERRUNS = 8;

/** What all peers together have outside the line: see {@link Turns}. */
export type PromptTime = Pick<Turns, "promptLeftMs" | "spendPrompt">;

/** The time that one peer takes. */
export class PeerTurn implements Turn {
  readonly #clock: TurnClock;
  readonly #prompt: PromptTime;
  readonly #bornMs: number;
  /** Whether the turn is one in the line, and whether it is as short as it is because of other peers. */
  #isInLine = false;
  #isCutShort = false;
  /** Until when the peer is served in the line only. */
  #floodingUntilMs = Number.NEGATIVE_INFINITY;
  #windowEndMs = Number.NEGATIVE_INFINITY;
  /** Taken in the window. */
  #takenMs = 0;
  /** As of the end of the last turn. */
  #takenOfLateMs = 0;
  #lastMs = 0;
  #startMs = 0;
  /** Undefined: not asked for. */
  #startCpuMs: number | undefined;
  #allowedMs = 0;
  /** Used until the last look at the clock, and what the longest time between two looks is beyond a millisecond. */
  #lookedMs = 0;
  #longMs = 0;
  /** Pauses of the process that are still forgiven, and until when. */
  #pausesLeft = 0;
  #pausesEndMs = Number.NEGATIVE_INFINITY;
  /** Turns in a row in which the peer has used up its time with more to do. */
  #overruns = 0;
  #messagesLeft = 0;
  #bytesLeft = 0;

  constructor(clock: TurnClock, prompt: PromptTime) {
    this.#clock = clock;
    this.#bornMs = clock.now();
    this.#prompt = prompt;
  }

  /** Begins a turn in the line. */
  beginInLine(nowMs: number): void {
    this.#isInLine = true;
    this.#isCutShort = false;
    this.#begin(nowMs, TURN_MS, true);
  }

  /** Begins a turn at once with so many bytes, in which a peer that floods has no time. */
  beginPromptly(nowMs: number, bytes: number): void {
    if (nowMs >= this.#windowEndMs) {
      this.#windowEndMs = nowMs + WINDOW_MS;
      this.#takenMs = 0;
    }
    const ownMs = this.#floods(nowMs) ? 0 : PROMPT_MS - this.#takenMs;
    const { promptLeftMs } = this.#prompt;
    this.#isInLine = false;
    this.#isCutShort = promptLeftMs < ownMs;
    this.#begin(nowMs, Math.min(ownMs, promptLeftMs), bytes >= SHORT_INPUT_BYTES);
  }

  goesOn(bytes: number): boolean {
    this.#messagesLeft -= 1;
    this.#bytesLeft -= bytes;
    if (this.#messagesLeft > 0 && this.#bytesLeft > 0) return true;
    if (this.#look(this.#clock.now()) >= this.#allowedMs) return false;
    this.#lookLater();
    return true;
  }

  /**
   * A peer that has used up its time floods if there is more of it, again and again unless it is new; one that was merely slow to
   * look at does not.
   */
  end(nowMs: number, isDone: boolean): void {
    const ownMs = this.#look(nowMs) - this.#pauseMs(nowMs);
    const usedMs = nowMs - this.#startMs;
    this.#takenMs += ownMs;
    this.#takenOfLateMs = this.takenOfLateMs(nowMs) + ownMs;
    this.#lastMs = nowMs;
    if (!this.#isInLine) this.#prompt.spendPrompt(usedMs);
    if (isDone) this.#overruns = 0;
    const isNew = this.#isNew(nowMs);
    const hadNone = this.#allowedMs <= 0 && (!isNew || this.#floods(nowMs));
    if (isDone || hadNone || this.#isCutShort || ownMs < this.#allowedMs) return;
    this.#overruns += 1;
    if (isNew || this.#overruns > MAX_OVERRUNS) this.#floodingUntilMs = nowMs + FLOODING_MS;
  }

  takenOfLateMs(nowMs: number): number {
    return this.#takenOfLateMs * 2 ** ((this.#lastMs - nowMs) / HALF_LIFE_MS);
  }

  /** Whether the peer has been there for a while and does not flood. */
  isSteady(nowMs: number): boolean {
    return !this.#isNew(nowMs) && !this.#floods(nowMs);
  }

  #isNew(nowMs: number): boolean {
    return nowMs - this.#bornMs < STEADY_AFTER_MS;
  }

  #floods(nowMs: number): boolean {
    return nowMs < this.#floodingUntilMs;
  }

  /** The time used in this turn. */
  #look(nowMs: number): number {
    const usedMs = this.#usedMs(nowMs);
    this.#longMs = Math.max(this.#longMs, usedMs - this.#lookedMs - WORTH_CHECKING_MS);
    this.#lookedMs = usedMs;
    return usedMs;
  }

  /**
   * How long the process has stood still in this turn, which is not the peer's doing. A garbage collection cannot be told from
   * costly messages but by their number: of these a peer that floods has many.
   */
  #pauseMs(nowMs: number): number {
    if (this.#longMs === 0) return 0;
    if (nowMs >= this.#pausesEndMs) {
      this.#pausesEndMs = nowMs + PAUSES_WITHIN_MS;
      this.#pausesLeft = MAX_PAUSES;
    }
    if (this.#pausesLeft === 0) return 0;
    this.#pausesLeft -= 1;
    return this.#longMs;
  }

  /** Time in which the process did not run, since others did, is not the peer's: the turn begins so much later. */
  #usedMs(nowMs: number): number {
    const passedMs = nowMs - this.#startMs;
    if (this.#startCpuMs === undefined || passedMs < WORTH_CHECKING_MS) return passedMs;
    const usedMs = Math.min(passedMs, this.#clock.cpuMs() - this.#startCpuMs);
    this.#startMs = nowMs - usedMs;
    return usedMs;
  }

  #begin(nowMs: number, allowedMs: number, countsCpu: boolean): void {
    this.#startMs = nowMs;
    this.#allowedMs = allowedMs;
    this.#lookedMs = 0;
    this.#longMs = 0;
    this.#messagesLeft = 0;
    this.#startCpuMs = countsCpu && allowedMs > 0 ? this.#clock.recentCpuMs(nowMs) : undefined;
    if (allowedMs > 0) this.#lookLater();
  }

  #lookLater(): void {
    this.#messagesLeft = MESSAGES_PER_LOOK;
    this.#bytesLeft = BYTES_PER_LOOK;
  }
}
