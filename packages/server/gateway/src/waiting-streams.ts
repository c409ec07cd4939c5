import type { Stream } from "@headgate/bus";
import { addressKey } from "@headgate/transport";
import type { StreamObserver } from "./stream-observer.ts";

/**
 * A stream that more viewers of one address wait for is not given up: they would all be told so at once, and one peer can be 32 of
 * them on each of its connections. A hundred take some milliseconds.
 */
const MAX_GIVEN_UP_AT_ONCE = 100;

/** Whether a stream is one of those among which there has to be room. */
type IsAmong = (stream: Stream) => boolean;

const amongAll: IsAmong = () => true;

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

  /**
   * Ends the longest wait of the address that waits for most streams, or for most of some, until nobody waits for one of them any
   * more: several addresses may wait for the same. Returns whether there is room.
   */
  makeRoom(isAmong: IsAmong = amongAll): boolean {
    for (let left = MAX_GIVEN_UP_AT_ONCE; left > 0; ) {
      const key = this.#withMost(isAmong);
      const stream = this.#firstToEnd(key, isAmong);
      if (!stream) return false;
      left -= this.#endWait(key, stream);
      if (!this.#plays.has(stream)) return true;
    }
    return false;
  }

  #withMost(isAmong: IsAmong): string {
    let [most, count] = ["", 0];
    for (const [key, streams] of this.#waits) {
      if (streams.size <= count) continue;
      const waits = isAmong === amongAll ? streams.size : [...streams].filter(isAmong).length;
      if (waits > count) [most, count] = [key, waits];
    }
    return most;
  }

  /** The longest wait; rather one in which no other address waits as well. */
  #firstToEnd(key: string, isAmong: IsAmong): Stream | undefined {
    let first: Stream | undefined;
    for (const stream of this.#waits.get(key) ?? []) {
      const byAddress = this.#plays.get(stream)!;
      if (!isAmong(stream) || byAddress.get(key)!.size > MAX_GIVEN_UP_AT_ONCE) continue;
      if (byAddress.size === 1) return stream;
      first ??= stream;
    }
    return first;
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
      if (this.#plays.get(stream)!.get(key)!.size > MAX_GIVEN_UP_AT_ONCE) continue;
      this.#endWait(key, stream);
      return;
    }
  }

  /** Returns how many viewers have waited. */
  #endWait(key: string, stream: Stream): number {
    const plays = [...this.#plays.get(stream)!.get(key)!];
    for (const play of plays) {
      this.leave(play);
      play.giveUp();
    }
    return plays.length;
  }
}
