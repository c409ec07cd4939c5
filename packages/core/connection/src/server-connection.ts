import { type RandomBytes, ServerHandshake } from "@headgate/handshake";
import { NetConnection, type SessionEvent } from "@headgate/session";
import { Connection, type ConnectionOptions } from "./connection.ts";

export interface ServerConnectionOptions extends ConnectionOptions {
  readonly random: RandomBytes;
  readonly chunkSize: number;
  /** Whether the peer may ask for RTMPE. */
  readonly rtmpe: boolean;
}

/** The connection of a peer that has come to us. */
export class ServerConnection extends Connection<SessionEvent> {
  readonly session: NetConnection;

  constructor(options: ServerConnectionOptions, nowMs: number) {
    const { random, rtmpe, chunkSize, ackWindow, limits } = options;
    const session = new NetConnection({ chunkSize, ackWindow, limits: limits.session });
    super(new ServerHandshake({ random, rtmpe }), session, options, nowMs);
    this.session = session;
  }
}
