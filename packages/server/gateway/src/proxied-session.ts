import type { Message } from "@headgate/message";
import type { ConnectRequest } from "@headgate/session";

/** A session to be proxied, at its `connect`. */
export interface ProxyRequest {
  readonly request: ConnectRequest;
  /** `connect` as it was received. */
  readonly message: Message;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

export type OpenProxy = (request: ProxyRequest, client: ProxiedClient) => ProxiedSession;

/** The client's side of a proxied session. */
export interface ProxiedClient {
  readonly writable: boolean;
  send(message: Message): void;
  /** Pauses and resumes reading from it. */
  pause(): void;
  resume(): void;
  end(reason: string): void;
}

/** The server's side of a proxied session. */
export interface ProxiedSession {
  receive(message: Message): void;
  clientWritable(): void;
  clientGone(): void;
}
