import type { Stream } from "@headgate/bus";

/** Where a stream comes from. */
export interface StreamSource {
  /** Of the publisher's URL; credentials live here. */
  readonly query: string;
  /** The gateways it has come through. */
  readonly via: readonly string[];
  /** Set if it comes from another process of this server, which sends it on where it is to go. */
  readonly isNeighbours?: boolean;
  /** Set if it is fetched from another server, and gives way to a publisher of its own. */
  readonly isPulled?: boolean;
}

/** What is told of streams as they begin and end, to those that fetch, send on, record or list them. */
export interface StreamObserver {
  published?(stream: Stream, source: StreamSource): void;
  unpublished?(stream: Stream): void;
  /** One more player wants the stream; `via` are the gateways between it and this one. */
  wanted?(stream: Stream, via: readonly string[]): void;
  unwanted?(stream: Stream, via: readonly string[]): void;
}
