import type { Playback, Stream, StreamKey, StreamReader } from "@headgate/bus";
import type { Flushable } from "./audience.ts";

/** What a subscription acts on. */
export interface SubscriptionOwner {
  wake(reader: Flushable): void;
  unsubscribe(
    subscription: Subscription<StreamReader>,
    reader: Flushable,
    via: readonly string[] | undefined,
  ): void;
}

/**
 * A stream that is being read, by a peer or within the process: in bytes for a player, or in messages. Its reader is flushed
 * when there is more.
 */
export class Subscription<Reading extends StreamReader = Playback<Uint8Array>> {
  readonly stream: Stream;
  /** The NetStream it plays on; 0 within the process. */
  readonly netStreamId: number;
  readonly playback: Reading;
  readonly #owner: SubscriptionOwner;
  readonly #reader: Flushable;
  /** Set if the stream is fetched for it: the gateways between the player and this one. */
  readonly #via: readonly string[] | undefined;
  #hasLeft = false;

  constructor(
    owner: SubscriptionOwner,
    { stream, netStreamId, playback }: Pick<Subscription<Reading>, "stream" | "netStreamId" | "playback">,
    reader: Flushable,
    via?: readonly string[],
  ) {
    this.stream = stream;
    this.netStreamId = netStreamId;
    this.playback = playback;
    this.#owner = owner;
    this.#reader = reader;
    this.#via = via;
  }

  get key(): StreamKey {
    return this.stream.key;
  }

  /** The reader has left something for its next turn. */
  wake(): void {
    this.#owner.wake(this.#reader);
  }

  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#owner.unsubscribe(this, this.#reader, this.#via);
  }
}
