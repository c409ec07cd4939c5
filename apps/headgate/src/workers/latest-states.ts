/** Messages that are under way at the same time: enough to keep a pipe full, few enough that nothing piles up in front of it. */
export const MAX_UNDER_WAY = 64;

/**
 * Tells another process the states of streams, of each the newest: peers can change them faster than that process listens. What
 * came and went before it was told is not told, so no more waits than there are streams.
 */
export class LatestStates<State> {
  readonly #send: (stream: string, state: State | undefined, onSent: () => void) => void;
  readonly #told = new Set<string>();
  readonly #pending = new Map<string, State | undefined>();
  #underWay = 0;

  /** `send` calls `onSent` once, when the message has left this process, or never will. */
  constructor(send: (stream: string, state: State | undefined, onSent: () => void) => void) {
    this.#send = send;
  }

  /** undefined: the stream has none any more. */
  set(stream: string, state: State | undefined): void {
    this.#pending.delete(stream);
    if (state === undefined && !this.#told.has(stream)) return;
    this.#pending.set(stream, state);
    this.#sendNext();
  }

  #sendNext(): void {
    for (const [stream, state] of this.#pending) {
      if (this.#underWay >= MAX_UNDER_WAY) return;
      this.#pending.delete(stream);
      if (state === undefined) this.#told.delete(stream);
      else this.#told.add(stream);
      this.#underWay += 1;
      this.#send(stream, state, () => {
        this.#underWay -= 1;
        this.#sendNext();
      });
    }
  }
}
