import type { LivePlayback, Playback, Stream } from "@headgate/bus";
import type { Flushable } from "./audience.ts";

/** What a subscription acts on. */
export interface SubscriptionOwner {
  unsubscribe(subscription: Subscription, reader: Flushable, via: readonly string[] | undefined): void;
}

/** A stream that is being played, by a peer or within the process. Its reader is flushed when there is more. */
export class Subscription {
  readonly stream: Stream;
  /** The NetStream it plays on. */
  readonly netStreamId: number;
  readonly playback: Playback<Uint8Array>;
  readonly #owner: SubscriptionOwner;
  readonly #reader: Flushable;
  /** Set if the stream is fetched for it: the gateways between the player and this one. */
  readonly #via: readonly string[] | undefined;
  #hasLeft = false;

  constructor(owner: SubscriptionOwner, playback: LivePlayback, reader: Flushable, via?: readonly string[]) {
    this.stream = playback.stream;
    this.netStreamId = playback.messageStreamId;
    this.playback = playback;
    this.#owner = owner;
    this.#reader = reader;
    this.#via = via;
  }

  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#owner.unsubscribe(this, this.#reader, this.#via);
  }
}
