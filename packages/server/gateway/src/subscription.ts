import type { Stream, StreamReader, Viewer } from "@headgate/bus";
import type { Flushable } from "./audience.ts";

/** What a subscription acts on. */
export interface SubscriptionOwner {
  unsubscribe(viewer: StreamReader, reader: Flushable, via: readonly string[] | undefined): void;
}

/**
 * A stream that is being read, by a peer or within the process: in bytes for a player, or in messages. Its reader is flushed
 * when there is more.
 */
export class Subscription<Reading extends StreamReader = Viewer> {
  readonly viewer: Reading;
  readonly #owner: SubscriptionOwner;
  readonly #reader: Flushable;
  /** Set if the stream is fetched for it: the gateways between the player and this one. */
  readonly #via: readonly string[] | undefined;
  #hasLeft = false;

  constructor(owner: SubscriptionOwner, viewer: Reading, reader: Flushable, via?: readonly string[]) {
    this.viewer = viewer;
    this.#owner = owner;
    this.#reader = reader;
    this.#via = via;
  }

  get stream(): Stream {
    return this.viewer.stream;
  }

  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#owner.unsubscribe(this.viewer, this.#reader, this.#via);
  }
}
