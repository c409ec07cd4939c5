import {
  Bus,
  type BusOptions,
  MessageCursor,
  type PlaybackOptions,
  type Publisher,
  type Refusal,
  type Stream,
  type StreamKey,
  type StreamReader,
} from "@headgate/bus";
import { addressKey, Counts, type Faults, Guard } from "@headgate/transport";
import type { Flushable } from "./audience.ts";
import type { FanOut } from "./fan-out.ts";
import { Publication, type PublicationOwner } from "./publication.ts";
import type { StreamObserver, StreamSource } from "./stream-observer.ts";
import { Subscription, type SubscriptionOwner } from "./subscription.ts";

export interface StreamsOptions extends BusOptions {
  /** Streams that peers of one address publish. */
  readonly maxStreamsPerAddress: number;
}

/**
 * The streams of a gateway. All publishing and playing goes through here, so that readers, observers and the table of streams
 * hear of every change.
 */
export class Streams implements PublicationOwner, SubscriptionOwner {
  readonly bus: Bus;
  /** Milliseconds of a clock that never runs backward. */
  readonly now: () => number;
  readonly #fanOut: FanOut;
  readonly #publications = new Map<Stream, Publication>();
  /** Published by peers, by the key of their address. */
  readonly #byAddress = new Counts<string>();
  readonly #options: StreamsOptions;
  readonly #observers: StreamObserver[] = [];
  /** An error in an observer must not end the peer whose stream it hears of. */
  readonly #guard: Guard;

  constructor(options: StreamsOptions, fanOut: FanOut, faults: Faults, now: () => number) {
    this.bus = new Bus(options);
    this.#fanOut = fanOut;
    this.#options = options;
    this.#guard = new Guard(faults, "task", () => {});
    this.now = now;
  }

  /** The publication of a stream, if it has one. */
  publicationOf(stream: Stream): Publication | undefined {
    return this.#publications.get(stream);
  }

  /** Makes sure that the publisher of a stream is there, or ends it. Undefined if there is none, or it certainly is there. */
  confirmPublisher(path: string): Promise<void> | undefined {
    const stream = this.bus.streams.get(path);
    return stream && this.#publications.get(stream)?.confirm();
  }

  isPublished(path: string): boolean {
    return this.bus.streams.get(path)?.publisher !== undefined;
  }

  observe(observer: StreamObserver): void {
    this.#observers.push(observer);
  }

  publish(key: StreamKey, source: StreamSource): Publication | Refusal {
    if (!this.#hasRoom(key, source)) return "STREAMS_EXCEEDED";
    const outcome = this.bus.publish(key, {
      takesOver: this.#takesOver(key, source),
      isInternal: source.isInternal ?? false,
    });
    if ("refusal" in outcome) return outcome.refusal;
    const { publisher } = outcome;
    const { stream } = publisher;
    const displaced = this.#publications.get(stream);
    const publication = new Publication(this, publisher, source);
    this.#publications.set(stream, publication);
    this.#count(source, 1);
    if (displaced) this.#count(displaced.source, -1);
    displaced?.onTakenOver();
    this.#fanOut.changed(stream);
    this.#tell((observer) => observer.published?.(stream, source));
    return publication;
  }

  /** For a player: the stream is fetched if necessary. */
  play(
    key: StreamKey,
    options: PlaybackOptions,
    reader: Flushable,
    via: readonly string[],
    pullFrom?: string,
  ): Subscription | Refusal {
    const outcome = this.bus.play(key, options, this.now());
    if ("refusal" in outcome) return outcome.refusal;
    const { playback } = outcome;
    const { stream } = playback;
    this.#fanOut.watch(stream, reader);
    this.#tell((observer) => observer.wanted?.(stream, via, reader.turnKey, pullFrom));
    return new Subscription(this, { stream, netStreamId: playback.messageStreamId, playback }, reader, via);
  }

  /** The same for a reader that takes messages. */
  read(key: StreamKey, reader: Flushable): Subscription<MessageCursor> | Refusal {
    const playback = this.bus.read(key, this.now());
    if (typeof playback === "string") return playback;
    const { stream } = playback;
    this.#fanOut.watch(stream, reader);
    this.#tell((observer) => observer.wanted?.(stream, [], reader.turnKey));
    return new Subscription(this, { stream, netStreamId: 0, playback }, reader, []);
  }

  /** For a reader that takes messages and does not cause a stream to be fetched, such as a push. */
  follow(stream: Stream, reader: Flushable): Subscription<MessageCursor> {
    const playback = new MessageCursor(stream, this.now());
    this.#fanOut.watch(stream, reader);
    return new Subscription(this, { stream, netStreamId: 0, playback }, reader);
  }

  /**
   * The same for a reader that looks for what is new at times of its own, such as a recorder: it is not told, so a publisher whose stream
   * nobody else reads is read as seldom as without it.
   */
  followUntold(stream: Stream, reader: Flushable): Subscription<MessageCursor> {
    const playback = new MessageCursor(stream, this.now());
    this.#fanOut.wake(reader);
    return new Subscription(this, { stream, netStreamId: 0, playback }, reader);
  }

  /** A stream has something new. */
  changed(stream: Stream, what?: "sound"): void {
    this.#fanOut.changed(stream, what);
  }

  /** Called by a {@link Subscription}. */
  wake(reader: Flushable): void {
    this.#fanOut.wake(reader);
  }

  /** Called by a {@link Publication}. */
  unpublish(publication: Publication, publisher: Publisher, how: "resume" | "final"): void {
    const { stream } = publication;
    this.#publications.delete(stream);
    this.#count(publication.source, -1);
    publisher.end(this.now());
    if (how === "final") stream.endResume();
    this.#tell((observer) => observer.unpublished?.(stream));
    this.#fanOut.changed(stream);
    this.bus.release(stream);
  }

  /** Called by a {@link Subscription}. */
  unsubscribe(
    { stream, playback }: Subscription<StreamReader>,
    reader: Flushable,
    via: readonly string[] | undefined,
  ): void {
    playback.leave();
    this.#fanOut.unwatch(stream, reader);
    if (via) this.#tell((observer) => observer.unwanted?.(stream, via, reader.turnKey));
    this.bus.release(stream);
  }

  /** Ends the publication of a stream, because another process of this server publishes it now. */
  evictPublisher(path: string): void {
    const publication = this.#publicationAt(path);
    if (!publication) return;
    publication.end();
    publication.onTakenOver();
  }

  /** Ends the wait for a publisher that has left, before its time is over. */
  endResume(path: string): void {
    const stream = this.bus.streams.get(path);
    if (!stream || stream.publisher) return;
    stream.endResume();
    this.#fanOut.changed(stream);
  }

  /** What is published, and where from. */
  get published(): ReadonlyMap<Stream, Publication> {
    return this.#publications;
  }

  /** Ends all streams, so that their viewers can be told. */
  endAll(): void {
    for (const stream of [...this.bus.streams.values()]) {
      this.#publications.get(stream)?.end("final");
      this.endResume(stream.key.path);
    }
  }

  /** Ends the wait for publishers that have not come back in time. */
  expire(nowMs: number): void {
    for (const stream of this.bus.expire(nowMs)) this.#fanOut.changed(stream);
  }

  #publicationAt(path: string): Publication | undefined {
    const stream = this.bus.streams.get(path);
    return stream && this.#publications.get(stream);
  }

  /** What is fetched gives way to a publisher here, and never the other way round. Undefined: the application's policy decides. */
  #takesOver({ path }: StreamKey, { isPulled }: StreamSource): boolean | undefined {
    if (isPulled) return false;
    return this.#publicationAt(path)?.source.isPulled ? true : undefined;
  }

  /** Whether the address of a publisher may have one more stream. What it takes over from itself it has already. */
  #hasRoom({ path }: StreamKey, { remoteAddress }: StreamSource): boolean {
    if (remoteAddress === undefined) return true;
    const address = addressKey(remoteAddress);
    const displaced = this.#publicationAt(path)?.source.remoteAddress;
    if (displaced !== undefined && addressKey(displaced) === address) return true;
    return this.#byAddress.of(address) < this.#options.maxStreamsPerAddress;
  }

  #count({ remoteAddress }: StreamSource, change: 1 | -1): void {
    if (remoteAddress !== undefined) this.#byAddress.add(addressKey(remoteAddress), change);
  }

  #tell(what: (observer: StreamObserver) => void): void {
    for (const observer of this.#observers) this.#guard.run(() => what(observer));
  }
}
