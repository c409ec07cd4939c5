/** When a place in the time of a playlist is due. Milliseconds of the driver's clock. */
export class ChannelClock {
  /** When its beginning was due; undefined until something was sent. */
  #originMs: number | undefined;

  get isRunning(): boolean {
    return this.#originMs !== undefined;
  }

  /** At once while nothing was sent. */
  whenMs(atMs: number, nowMs: number): number {
    return this.#originMs === undefined ? nowMs : this.#originMs + atMs;
  }

  /** What is at this place is due now. */
  set(atMs: number, nowMs: number): void {
    this.#originMs = nowMs - atMs;
  }
}
