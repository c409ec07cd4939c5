import type { LivePlayback, Stream } from "@headgate/bus";
import type { Flushable } from "./audience.ts";

/** What a subscription acts on. */
export interface SubscriptionOwner {
  unsubscribe(playback: LivePlayback, reader: Flushable, via: readonly string[] | undefined): void;
}

/** A stream that is being played, by a peer or within the process. Its reader is flushed when there is more. */
export class Subscription {
  readonly playback: LivePlayback;
  readonly #owner: SubscriptionOwner;
  readonly #reader: Flushable;
  /** Set if the stream is fetched for it: the gateways between the player and this one. */
  readonly #via: readonly string[] | undefined;
  #hasLeft = false;

  constructor(owner: SubscriptionOwner, playback: LivePlayback, reader: Flushable, via?: readonly string[]) {
    this.playback = playback;
    this.#owner = owner;
    this.#reader = reader;
    this.#via = via;
  }

  get stream(): Stream {
    return this.playback.stream;
  }

  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#owner.unsubscribe(this.playback, this.#reader, this.#via);
  }
}
