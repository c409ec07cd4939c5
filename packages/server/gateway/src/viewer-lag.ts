/** Viewers of one connection. */
interface Viewers {
  /** How long the oldest message has waited that was not written to them. Milliseconds. */
  behindMs(nowMs: number): number;
}

/** How viewers fall behind. Only those are looked at that could not be sent all there was for them. */
export class ViewerLag {
  /** How often viewers have lost their place so far. */
  drops = 0;
  readonly #behind = new Set<Viewers>();

  fellBehind(viewers: Viewers): void {
    this.#behind.add(viewers);
  }

  /** They have been sent everything, or are gone. */
  caughtUp(viewers: Viewers): void {
    this.#behind.delete(viewers);
  }

  /** How long the oldest message has waited that was not written to its viewer. Milliseconds. */
  greatestMs(nowMs: number): number {
    let greatest = 0;
    for (const viewers of this.#behind) greatest = Math.max(greatest, viewers.behindMs(nowMs));
    return greatest;
  }
}
