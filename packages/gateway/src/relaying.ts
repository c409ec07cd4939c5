import type { Stream, StreamKey } from "@headgate/bus";
import type { Message } from "@headgate/chunk";
import type { ConnectRequest } from "@headgate/session";

/** Where a stream comes from. */
export interface StreamSource {
  /** Of the publisher's URL; credentials live here. */
  readonly query: string;
  /** The gateways it has come through. */
  readonly via: readonly string[];
  /** Set if it comes from another process of this server, which sends it on where it is to go. */
  readonly isNeighbours?: boolean;
  /** Set if it is fetched from another server, and gives way to somebody who publishes it. */
  readonly isPulled?: boolean;
}

/** What other servers have to do with the streams and sessions of this one. */
export interface Relaying {
  /** Somebody plays a stream, who is served by these gateways. */
  viewed(stream: Stream, via: readonly string[]): void;
  /** One of those who play it does not any more, who was served by these gateways. */
  left(stream: Stream, via: readonly string[]): void;
  published(stream: Stream, source: StreamSource): void;
  unpublished(stream: Stream): void;
  /** Whether somebody publishes this stream in another process of this server. */
  isPublishedElsewhere(key: StreamKey): boolean;
  /** How sessions of the application with these levels are passed on; undefined: they are ours. */
  proxyOf(virtualHost: string, levels: readonly string[]): OpenProxy | undefined;
  /** Whether sessions of this stream's application are passed on, so that no stream of it is ours. */
  isProxied(key: StreamKey): boolean;
}

/** A session to be passed on, at its `connect`. */
export interface ProxyRequest {
  readonly request: ConnectRequest;
  /** `connect` as it came. */
  readonly message: Message;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

export type OpenProxy = (request: ProxyRequest, client: ProxiedClient) => ProxiedSession;

/** The client's side of a session that is passed on. */
export interface ProxiedClient {
  readonly writable: boolean;
  send(message: Message): void;
  /** Asks it to wait, and to go on. */
  pause(): void;
  resume(): void;
  end(reason: string): void;
}

/** The server's side of it. */
export interface ProxiedSession {
  receive(message: Message): void;
  clientWritable(): void;
  clientGone(): void;
}

/** For a gateway that stands alone. */
export const NO_RELAYING: Relaying = {
  viewed: () => {},
  left: () => {},
  published: () => {},
  unpublished: () => {},
  isPublishedElsewhere: () => false,
  proxyOf: () => undefined,
  isProxied: () => false,
};
