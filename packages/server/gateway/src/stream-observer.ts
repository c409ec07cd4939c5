import type { Stream } from "@headgate/bus";
import type { PublishType } from "@headgate/session";
import type { Grants } from "./granted.ts";
import type { Session } from "./session.ts";

/** Where a stream comes from. */
export interface StreamSource {
  /** The query of the publisher's URL; credentials live here. */
  readonly query: string;
  /** The gateways that the stream has come through. */
  readonly via: readonly string[];
  /** Set if the stream comes from another process of this server, which does the pushing. */
  readonly isInternal?: boolean;
  /** Set if the stream is fetched from another server. It gives way to a publisher here. */
  readonly isPulled?: boolean;
  /** Whether the publisher wants it to be recorded; undefined if no peer publishes it. */
  readonly type?: PublishType;
  /** The address of the peer that publishes it; undefined if none does. */
  readonly remoteAddress?: string | undefined;
  /** The session that publishes it; undefined if none does. */
  readonly session?: Session;
  /** What the policies have granted that peer. */
  readonly grants?: Grants;
}

/** Hears of streams as they begin and end: to fetch, push, record or list them. */
export interface StreamObserver {
  published?(stream: Stream, source: StreamSource): void;
  unpublished?(stream: Stream): void;
  /**
   * One more player wants the stream; `via` lists the gateways between the player and this one, `turnKey` is its address, from
   * `addressKey`. `pullFrom` is where the stream is fetched if nothing else says so.
   */
  wanted?(stream: Stream, via: readonly string[], turnKey: string, pullFrom?: string): void;
  unwanted?(stream: Stream, via: readonly string[], turnKey: string): void;
}
