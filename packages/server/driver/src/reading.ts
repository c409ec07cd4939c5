import type { Link } from "@headgate/transport";
import type { ReadRounds, RoundReader } from "./read-rounds.ts";

/**
 * A peer that sends more than this between two rounds is read as it comes: the system keeps little for a connection before the
 * peer has to wait. Bytes; 4 Mb/s at the longest wait.
 */
export const MAX_ROUND_BYTES: number = 48 * 1024;
/** The longest wait for a round. Milliseconds. */
export const MAX_ROUND_MS = 100;

/**
 * Reads from a Link, unless the connection's owner has paused it, too much input waits for the peer's turns, or what comes next may
 * wait for a round.
 */
export class Reading implements RoundReader {
  readonly #link: Link;
  readonly #rounds: ReadRounds;
  #isPaused = false;
  #awaitsTurns = false;
  #awaitsRound = false;
  /** When the last round was, and what has come since. */
  #roundMs = Number.NEGATIVE_INFINITY;
  #roundBytes = 0;

  constructor(link: Link, rounds: ReadRounds) {
    this.#link = link;
    this.#rounds = rounds;
  }

  pause(): void {
    this.#isPaused = true;
    this.#link.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#goOn();
  }

  /** Whether too much input waits for the peer's turns. */
  get awaitsTurns(): boolean {
    return this.#awaitsTurns;
  }

  /** Too much input waits: pauses until {@link turnsCame}. */
  awaitTurns(): void {
    if (this.#awaitsTurns) return;
    this.#awaitsTurns = true;
    this.#link.pause();
  }

  turnsCame(): void {
    if (!this.#awaitsTurns) return;
    this.#awaitsTurns = false;
    this.#goOn();
  }

  /** So many bytes have come, and what comes next may wait until then. */
  awaitRound(length: number, nowMs: number, untilMs: number): void {
    if (nowMs - this.#roundMs >= MAX_ROUND_MS) this.#beginRound(nowMs);
    this.#roundBytes += length;
    if (this.#awaitsRound || this.#roundBytes > MAX_ROUND_BYTES || !this.#rounds.isWorthwhile(untilMs))
      return;
    this.#awaitsRound = true;
    this.#link.pause();
    this.#rounds.await(this, Math.min(untilMs, nowMs + MAX_ROUND_MS));
  }

  /** The round has come. */
  readOn(): void {
    this.#awaitsRound = false;
    this.#beginRound(Number.NEGATIVE_INFINITY);
    this.#goOn();
  }

  /** The connection is ending. A paused Link would not notice that the peer closes. */
  end(): void {
    this.#rounds.leave(this);
    if (this.#awaitsTurns || this.#awaitsRound) this.#link.resume();
  }

  #beginRound(nowMs: number): void {
    this.#roundMs = nowMs;
    this.#roundBytes = 0;
  }

  #goOn(): void {
    if (!this.#isPaused && !this.#awaitsTurns && !this.#awaitsRound) this.#link.resume();
  }
}
