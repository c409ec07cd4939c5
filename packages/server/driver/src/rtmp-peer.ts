import type { Playback, PlaybackNotice } from "@headgate/bus";
import { ServerConnection, type ServerConnectionOptions } from "@headgate/connection";
import type { NetConnection, SessionEvent } from "@headgate/session";
import { encryptedName, type Link, type TransportName } from "@headgate/transport";
import { Driver } from "./driver.ts";
import type { DriverContext } from "./driver-context.ts";
import type { DriverOwner } from "./driver-owner.ts";
import type { Peer } from "./peer.ts";
import type { ReusedBuffer } from "./reused-buffer.ts";

/**
 * About as much as a viewer is given in one write. Larger writes cost fewer system calls but keep more of the log's
 * memory for a viewer that has stopped reading in the middle of one.
 */
const MAX_WRITE_BYTES = 256 * 1024;

/** The same while the process is short of memory: a write to a viewer that does not read may leave a copy behind. */
const MAX_WRITE_BYTES_WHEN_SHORT = 16 * 1024;

/** What all RTMP peers of a server share. */
export interface RtmpPeerContext extends DriverContext {
  readonly connectionOptions: ServerConnectionOptions;
  /** For encrypted copies of media. */
  readonly encrypted: ReusedBuffer;
  /** Counts bytes on their way to a peer until the returned function is called, once. */
  readonly holdOutput: (bytes: number) => () => void;
}

/** A peer that speaks RTMP in chunks, over a Link. */
export class RtmpPeer extends Driver<SessionEvent> implements Peer {
  readonly isInternal: boolean;
  readonly #context: RtmpPeerContext;
  readonly #connection: ServerConnection;

  constructor(context: RtmpPeerContext, link: Link, owner: DriverOwner<SessionEvent>, isInternal: boolean) {
    const connection = new ServerConnection(context.connectionOptions, context.now());
    super(context, link, connection, owner);
    this.#context = context;
    this.#connection = connection;
    this.isInternal = isInternal;
  }

  get session(): NetConnection {
    return this.#connection.session;
  }

  get swfVerificationKey(): Uint8Array | undefined {
    return this.#connection.swfVerificationKey;
  }

  get handshake(): ServerConnection["handshake"] {
    return this.#connection.handshake;
  }

  get onMessage(): ServerConnection["onMessage"] {
    return this.#connection.onMessage;
  }

  set onMessage(onMessage: ServerConnection["onMessage"]) {
    this.#connection.onMessage = onMessage;
  }

  get transport(): TransportName {
    const { transport } = this.link;
    return this.#connection.encrypted ? encryptedName(transport) : transport;
  }

  send(playback: Playback<Uint8Array>, maxBytes: number, nowMs: number): number | PlaybackNotice {
    const mostAtOnce = this.#context.isShortOfMemory() ? MAX_WRITE_BYTES_WHEN_SHORT : MAX_WRITE_BYTES;
    let sent = 0;
    while (this.link.writable && sent < maxBytes) {
      const next = playback.next(mostAtOnce, nowMs);
      if (next === undefined) break;
      if (typeof next === "string") return next;
      this.#write(playback, next);
      sent += next.length;
    }
    return sent;
  }

  /** What the Link does not take at once is held until it has. */
  #write(playback: Playback<Uint8Array>, bytes: Uint8Array): void {
    if (!this.#connection.encrypted) {
      if (!this.link.write(bytes)) playback.lend();
      if (!this.link.writable) this.noteBlocked(playback.pin());
      return;
    }
    const { encrypted, holdOutput } = this.#context;
    const copy = this.#connection.encrypt(bytes, encrypted.take(bytes.length));
    if (!this.link.write(copy)) encrypted.giveUp();
    if (!this.link.writable) this.noteBlocked(holdOutput(copy.length));
  }
}
