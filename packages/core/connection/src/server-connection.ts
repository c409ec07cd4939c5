import { type RandomBytes, ServerHandshake } from "@headgate/handshake";
import { NetConnection, type SessionEvent } from "@headgate/session";
import { Connection, type ConnectionOptions } from "./connection.ts";

export interface ServerConnectionOptions extends ConnectionOptions {
  readonly random: RandomBytes;
  readonly chunkSize: number;
  /** Whether the peer may use RTMPE. */
  readonly rtmpe: boolean;
}

/** A connection that a peer has opened. */
export class ServerConnection extends Connection<SessionEvent> {
  readonly session: NetConnection;

  constructor(options: ServerConnectionOptions, nowMs: number) {
    const { random, rtmpe, chunkSize, ackWindow, limits } = options;
    const session = new NetConnection({ chunkSize, ackWindow, limits: limits.session });
    super(new ServerHandshake({ random, rtmpe }), session, options, nowMs);
    this.session = session;
  }
}
