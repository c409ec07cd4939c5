import type { Message } from "@headgate/message";
import type { ConnectRequest } from "@headgate/session";

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
