import { ClientHandshake, type ClientHandshakeOptions } from "@headgate/handshake";
import { type ClientEvent, ClientSession, type ClientSessionOptions } from "@headgate/session";
import { Connection, type ConnectionOptions } from "./connection.ts";

export interface ClientConnectionOptions extends ConnectionOptions {
  readonly handshake: ClientHandshakeOptions;
  readonly session: Omit<ClientSessionOptions, "ackWindow" | "limits">;
}

/** The connection to a server that plays or publishes one stream. */
export class ClientConnection extends Connection<ClientEvent> {
  readonly session: ClientSession;

  constructor(options: ClientConnectionOptions, nowMs: number) {
    const { ackWindow, limits } = options;
    const session = new ClientSession({ ...options.session, ackWindow, limits: limits.session });
    super(new ClientHandshake(options.handshake), session, options, nowMs);
    this.session = session;
  }
}
