import type { Peer } from "@headgate/driver";

/** A publisher that was heard within this time is there: a stream has a message every few tens of milliseconds. */
const HEARD_LATELY_MS = 1_000;

/** The time to answer a ping. The client of a tunnel fetches it with its next request, half a second later at most. */
const ANSWER_MS = 2_000;

/** Finds out whether a publisher is still there when another one comes for its stream, and ends it if it is not. */
export class PresenceCheck {
  readonly #peer: Pick<Peer, "heardMs" | "ping" | "abandon">;
  #asked: { readonly sinceMs: number; readonly answer: Promise<void>; readonly tell: () => void } | undefined;

  constructor(peer: Pick<Peer, "heardMs" | "ping" | "abandon">) {
    this.#peer = peer;
  }

  /** Resolves when the peer was heard or is gone. Undefined if it was heard lately. */
  ask(nowMs: number): Promise<void> | undefined {
    if (this.#asked) return this.#asked.answer;
    if (nowMs - this.#peer.heardMs < HEARD_LATELY_MS) return undefined;
    let tell: () => void = () => {};
    const answer = new Promise<void>((resolve) => {
      tell = resolve;
    });
    this.#asked = { sinceMs: nowMs, answer, tell };
    this.#peer.ping();
    return answer;
  }

  /** Called a few times a second. */
  sweep(nowMs: number): void {
    if (!this.#asked) return;
    const { sinceMs } = this.#asked;
    if (this.#peer.heardMs > sinceMs) this.end();
    else if (nowMs - sinceMs >= ANSWER_MS) this.#peer.abandon("ping timeout");
  }

  /** The peer was heard, or its streams have ended. */
  end(): void {
    this.#asked?.tell();
    this.#asked = undefined;
  }
}
