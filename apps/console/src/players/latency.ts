/**
 * How far what is seen lies behind what the server has. What has just arrived is as new as the network allows: of all arrivals the
 * promptest one says when a moment of the stream could be here at the earliest. What the network itself takes is not in it.
 */
export class LatencyMeter {
  #earliestMs = Number.POSITIVE_INFINITY;
  #end = Number.NEGATIVE_INFINITY;

  /** The buffer reaches to this moment of the stream. Seconds of the player's time. */
  arrived(nowMs: number, end: number): void {
    if (end === this.#end) return;
    // A player that begins anew counts from another moment.
    if (end < this.#end) this.#earliestMs = Number.POSITIVE_INFINITY;
    this.#end = end;
    this.#earliestMs = Math.min(this.#earliestMs, nowMs - end * 1_000);
  }

  /** Of the moment that is seen. Milliseconds; undefined before anything has arrived. */
  behindMs(nowMs: number, position: number): number | undefined {
    if (this.#earliestMs === Number.POSITIVE_INFINITY) return undefined;
    return Math.max(0, nowMs - this.#earliestMs - position * 1_000);
  }
}
