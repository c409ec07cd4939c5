import type { Stream } from "@headgate/bus";
import { addressKey } from "@headgate/transport";

/**
 * A stream that more viewers of one address wait for is not given up: they would all be told so at once, and one peer can be 32 of
 * them on each of its connections. A hundred take some milliseconds.
 */
const MAX_GIVEN_UP_AT_ONCE = 100;

/** A NetStream that plays a stream without a publisher. */
export interface WaitingPlay {
  readonly stream: Stream;
  /** The address of the peer. */
  readonly remoteAddress: string;
  /** Called when the wait ends without a publisher. */
  giveUp(): void;
}

/** The streams that one address waits for, the longest wait first. */
type StreamsOfAddress = Map<Stream, Set<WaitingPlay>>;

/**
 * Streams without a publisher that viewers wait for. A peer can name any number of them, so the longest wait for a stream with few
 * viewers gives way to a new one: that may be published, or fetched, in a moment.
 */
export class WaitingStreams {
  readonly #maxPerAddress: number;
  readonly #byAddress = new Map<string, StreamsOfAddress>();

  constructor(maxPerAddress: number) {
    this.#maxPerAddress = maxPerAddress;
  }

  /** Begins to wait. If the address waits for too many streams, its longest wait ends. */
  enter(play: WaitingPlay): void {
    const key = addressKey(play.remoteAddress);
    const streams: StreamsOfAddress = this.#byAddress.get(key) ?? new Map();
    this.#byAddress.set(key, streams);
    const plays = streams.get(play.stream) ?? new Set();
    streams.set(play.stream, plays.add(play));
    if (streams.size > this.#maxPerAddress) this.#endLongest(streams);
  }

  /** Ends the wait. Does nothing if there was none. */
  leave(play: WaitingPlay): void {
    const key = addressKey(play.remoteAddress);
    const streams = this.#byAddress.get(key);
    const plays = streams?.get(play.stream);
    if (!streams || !plays?.delete(play) || plays.size > 0) return;
    streams.delete(play.stream);
    if (streams.size === 0) this.#byAddress.delete(key);
  }

  /** Ends the longest wait of the address that waits for most streams. */
  makeRoom(): void {
    let most: StreamsOfAddress = new Map();
    for (const streams of this.#byAddress.values()) if (streams.size > most.size) most = streams;
    this.#endLongest(most);
  }

  #endLongest(streams: StreamsOfAddress): void {
    for (const plays of streams.values()) {
      if (plays.size <= MAX_GIVEN_UP_AT_ONCE) return this.#end([...plays]);
    }
  }

  #end(plays: readonly WaitingPlay[]): void {
    for (const play of plays) {
      this.leave(play);
      play.giveUp();
    }
  }
}
