import {
  Bus,
  type BusOptions,
  type Publisher,
  type Refusal,
  type Stream,
  type StreamKey,
  Viewer,
  type ViewerOptions,
} from "@headgate/bus";
import { type Faults, Guard } from "@headgate/transport";
import type { Flushable } from "./audience.ts";
import type { FanOut } from "./fan-out.ts";
import { Publication, type PublicationOwner } from "./publication.ts";
import type { StreamObserver, StreamSource } from "./stream-observer.ts";
import { Subscription, type SubscriptionOwner } from "./subscription.ts";

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
  readonly #observers: StreamObserver[] = [];
  /** An error in an observer must not end the peer whose stream it hears of. */
  readonly #guard: Guard;

  constructor(options: BusOptions, fanOut: FanOut, faults: Faults, now: () => number) {
    this.bus = new Bus(options);
    this.#fanOut = fanOut;
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
    const outcome = this.bus.publish(key);
    if ("refusal" in outcome) return outcome.refusal;
    const { publisher } = outcome;
    const { stream } = publisher;
    const displaced = this.#publications.get(stream);
    const publication = new Publication(this, publisher, source);
    this.#publications.set(stream, publication);
    displaced?.onTakenOver();
    this.#fanOut.changed(stream);
    this.#tell((observer) => observer.published?.(stream, source));
    return publication;
  }

  /** For a player: the stream is fetched if necessary. */
  play(
    key: StreamKey,
    options: ViewerOptions,
    reader: Flushable,
    via: readonly string[],
  ): Subscription | Refusal {
    const outcome = this.bus.play(key, options, this.now());
    if ("refusal" in outcome) return outcome.refusal;
    const { viewer } = outcome;
    this.#fanOut.watch(viewer.stream, reader);
    this.#tell((observer) => observer.wanted?.(viewer.stream, via));
    return new Subscription(this, viewer, reader, via);
  }

  /** For a reader that does not cause a stream to be fetched, such as a push. */
  follow(stream: Stream, options: ViewerOptions, reader: Flushable): Subscription {
    const viewer = new Viewer(stream, options, this.now());
    this.#fanOut.watch(stream, reader);
    return new Subscription(this, viewer, reader);
  }

  /** A stream has something new. */
  changed(stream: Stream): void {
    this.#fanOut.changed(stream);
  }

  /** Called by a {@link Publication}. */
  unpublish(publication: Publication, publisher: Publisher, how: "resume" | "final"): void {
    const { stream } = publication;
    this.#publications.delete(stream);
    publisher.end(this.now());
    if (how === "final") stream.endResume();
    this.#tell((observer) => observer.unpublished?.(stream));
    this.#fanOut.changed(stream);
    this.bus.release(stream);
  }

  /** Called by a {@link Subscription}. */
  unsubscribe(viewer: Viewer, reader: Flushable, via: readonly string[] | undefined): void {
    const { stream } = viewer;
    viewer.leave();
    this.#fanOut.unwatch(stream, reader);
    if (via) this.#tell((observer) => observer.unwanted?.(stream, via));
    this.bus.release(stream);
  }

  /** Ends the publication of a stream, because another process of this server publishes it now. */
  evictPublisher(path: string): void {
    const stream = this.bus.streams.get(path);
    const publication = stream && this.#publications.get(stream);
    if (!publication) return;
    publication.end();
    publication.onTakenOver();
  }

  /** Ends the wait for publishers that have not come back in time. */
  expire(nowMs: number): void {
    for (const stream of this.bus.expire(nowMs)) this.#fanOut.changed(stream);
  }

  #tell(what: (observer: StreamObserver) => void): void {
    for (const observer of this.#observers) this.#guard.run(() => what(observer));
  }
}
