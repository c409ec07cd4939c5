/** Where a player is in what it plays: it goes on with the time, unless it is paused. Milliseconds. */
export class PlayClock {
  #positionMs: number;
  /** When it was there; undefined while it stays there. */
  #sinceMs: number | undefined;

  constructor(positionMs: number, nowMs: number) {
    this.#positionMs = positionMs;
    this.#sinceMs = nowMs;
  }

  at(nowMs: number): number {
    return this.#sinceMs === undefined ? this.#positionMs : this.#positionMs + nowMs - this.#sinceMs;
  }

  /** When the player will be at this position, unless it is paused. */
  whenAt(positionMs: number): number {
    return this.#sinceMs === undefined
      ? Number.POSITIVE_INFINITY
      : this.#sinceMs + positionMs - this.#positionMs;
  }

  /** The player is at this position now. */
  set(positionMs: number, nowMs: number): void {
    this.#positionMs = positionMs;
    if (this.#sinceMs !== undefined) this.#sinceMs = nowMs;
  }

  pause(positionMs: number): void {
    this.#positionMs = positionMs;
    this.#sinceMs = undefined;
  }

  resume(positionMs: number, nowMs: number): void {
    this.#positionMs = positionMs;
    this.#sinceMs = nowMs;
  }
}
