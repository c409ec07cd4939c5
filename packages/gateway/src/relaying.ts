import type { StreamKey } from "@headgate/bus";
import type { Message } from "@headgate/chunk";
import type { ConnectRequest } from "@headgate/session";

/** What other servers have to do with the streams and sessions of this one. */
export interface Relaying {
  /** Whether somebody publishes this stream in another process of this server. */
  isPublishedElsewhere(key: StreamKey): boolean;
  /** Whether the stream may be played: false if it would have to be fetched, and too many are fetched already. */
  mayFetch(key: StreamKey): boolean;
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
  isPublishedElsewhere: () => false,
  mayFetch: () => true,
  proxyOf: () => undefined,
  isProxied: () => false,
};
