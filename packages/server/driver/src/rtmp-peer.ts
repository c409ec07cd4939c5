import type { Pinned, Playback, PlaybackNotice } from "@headgate/bus";
import { ServerConnection, type ServerConnectionOptions } from "@headgate/connection";
import type { NetConnection, SessionEvent } from "@headgate/session";
import { encryptedName, type Link, type TransportName } from "@headgate/transport";
import { Driver } from "./driver.ts";
import type { DriverContext } from "./driver-context.ts";
import type { DriverOwner } from "./driver-owner.ts";
import type { Peer } from "./peer.ts";
import { MAX_REUSED_BYTES, type ReusedBuffer } from "./reused-buffer.ts";
import { sendMedia } from "./send-media.ts";
import type { Traffic } from "./traffic.ts";

/** Copies that a writable Link holds are part of what every connection may cost: see `maxConnections`. */
const UNCOUNTED: Pinned = { isDropped: false, unpin: () => {} };

/** What all RTMP peers of a server share. */
export interface RtmpPeerContext extends DriverContext {
  readonly connectionOptions: ServerConnectionOptions;
  /** For encrypted copies of media. */
  readonly encrypted: ReusedBuffer;
  /** Counts bytes on their way to a peer until they are unpinned. */
  readonly holdOutput: (bytes: number) => Pinned;
  /** With clients; that with other processes of this server is not counted. */
  readonly traffic: Traffic;
}

/** A peer that speaks RTMP in chunks, over a Link. */
export class RtmpPeer extends Driver<SessionEvent> implements Peer {
  readonly isInternal: boolean;
  readonly #context: RtmpPeerContext;
  readonly #connection: ServerConnection;

  constructor(context: RtmpPeerContext, link: Link, owner: DriverOwner<SessionEvent>, isInternal: boolean) {
    const connection = new ServerConnection(context.connectionOptions, context.now());
    super(context, link, connection, owner, isInternal ? undefined : context.traffic);
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

  send(playback: Playback<Uint8Array>, maxEffort: number, nowMs: number): number | PlaybackNotice {
    return sendMedia(this, playback, maxEffort, nowMs, this.#context.memoryPressure());
  }

  /** Called by {@link send}. What does not leave at once is held until it has. */
  writeMedia(playback: Playback<Uint8Array>, bytes: Uint8Array): void {
    this.traffic.sentBytes += bytes.length;
    if (this.#connection.encrypted) return this.#writeEncrypted(bytes);
    if (this.link.write(bytes)) return;
    playback.lend();
    this.noteUnsent(playback.pin(), bytes.length);
  }

  #writeEncrypted(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += MAX_REUSED_BYTES)
      this.#writeEncryptedPart(bytes.subarray(at, at + MAX_REUSED_BYTES));
  }

  #writeEncryptedPart(bytes: Uint8Array): void {
    const { encrypted, holdOutput } = this.#context;
    // What would wait behind other bytes has memory of its own.
    const target = this.link.queuedBytes > 0 ? undefined : encrypted.take(bytes.length);
    const copy = this.#connection.encrypt(bytes, target);
    if (this.link.write(copy)) return;
    if (target) encrypted.giveUp();
    this.noteUnsent(this.link.writable ? UNCOUNTED : holdOutput(copy.length), copy.length);
  }
}
