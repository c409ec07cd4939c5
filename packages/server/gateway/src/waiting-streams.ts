import type { Stream } from "@headgate/bus";
import { addressKey } from "@headgate/transport";
import type { StreamObserver } from "./stream-observer.ts";

/**
 * A stream that more viewers of one address wait for is not given up: they would all be told so at once, and one peer can be 32 of
 * them on each of its connections. A hundred take some milliseconds.
 */
const MAX_GIVEN_UP_AT_ONCE = 100;

/** A NetStream that plays a stream. */
export interface PeerPlay {
  readonly stream: Stream;
  /** The address of the peer. */
  readonly remoteAddress: string;
  /** Called when its wait for a publisher ends without one. */
  giveUp(): void;
}

/**
 * The streams without a publisher, by the addresses of their viewers: anybody can name any number of them. The one that has been
 * waited for longest, and not by many, gives way to a new one, so that there is room for what is going to be published, or
 * fetched, in a moment. A publisher that may come back, and a viewer that reads nothing, make no difference.
 */
export class WaitingStreams implements StreamObserver {
  /** From the next wait on. */
  maxPerAddress: number;
  readonly #isFull: () => boolean;
  /** Everything that is played, by the key of the viewers' address. */
  readonly #plays = new Map<Stream, Map<string, Set<PeerPlay>>>();
  /** What has no publisher, by the key of the viewers' address, the longest wait first. */
  readonly #waits = new Map<string, Set<Stream>>();

  /** `isFull` tells whether all addresses together wait for as many streams as they may. */
  constructor(maxPerAddress: number, isFull: () => boolean) {
    this.maxPerAddress = maxPerAddress;
    this.#isFull = isFull;
  }

  /** Begins to play. If the address waits for too many streams by that, its longest wait ends. */
  enter(play: PeerPlay): void {
    const { stream, remoteAddress } = play;
    const key = addressKey(remoteAddress);
    const byAddress = this.#plays.get(stream) ?? new Map<string, Set<PeerPlay>>();
    const plays = byAddress.get(key) ?? new Set();
    this.#plays.set(stream, byAddress.set(key, plays.add(play)));
    if (stream.publisher) return;
    this.#wait(key, stream);
    this.limit(remoteAddress);
  }

  /** Ends the play. Does nothing if it has ended before. */
  leave(play: PeerPlay): void {
    const key = addressKey(play.remoteAddress);
    const byAddress = this.#plays.get(play.stream);
    const plays = byAddress?.get(key);
    if (!byAddress || !plays?.delete(play) || plays.size > 0) return;
    byAddress.delete(key);
    if (byAddress.size === 0) this.#plays.delete(play.stream);
    this.#waitNoLonger(key, play.stream);
  }

  published(stream: Stream): void {
    for (const key of this.#plays.get(stream)?.keys() ?? []) this.#waitNoLonger(key, stream);
  }

  /** The limit of an address waits until its viewers are told: many publishers may go, and come back, in one moment. */
  unpublished(stream: Stream): void {
    const byAddress = this.#plays.get(stream);
    if (!byAddress) return;
    if (this.#isFull()) this.makeRoom();
    for (const key of byAddress.keys()) this.#wait(key, stream);
  }

  /** Ends the longest wait of an address that waits for too many streams. */
  limit(address: string): void {
    const key = addressKey(address);
    if ((this.#waits.get(key)?.size ?? 0) > this.maxPerAddress) this.#endLongest(key);
  }

  /** Ends the longest wait of the address that waits for most streams. */
  makeRoom(): void {
    let [most, count] = ["", 0];
    for (const [key, { size }] of this.#waits) if (size > count) [most, count] = [key, size];
    this.#endLongest(most);
  }

  #wait(key: string, stream: Stream): void {
    const streams = this.#waits.get(key) ?? new Set();
    this.#waits.set(key, streams.add(stream));
  }

  #waitNoLonger(key: string, stream: Stream): void {
    const streams = this.#waits.get(key);
    if (streams?.delete(stream) && streams.size === 0) this.#waits.delete(key);
  }

  #endLongest(key: string): void {
    for (const stream of this.#waits.get(key) ?? []) {
      const plays = this.#plays.get(stream)!.get(key)!;
      if (plays.size <= MAX_GIVEN_UP_AT_ONCE) return this.#end([...plays]);
    }
  }

  #end(plays: readonly PeerPlay[]): void {
    for (const play of plays) {
      this.leave(play);
      play.giveUp();
    }
  }
}
