import { randomBytes } from "node:crypto";
import type { Publisher, SwfIdentity } from "@headgate/bus";
import { ProtocolError } from "@headgate/bytes";
import type { SwfVerification } from "@headgate/chunk";
import { Connection, type ConnectionDriver } from "@headgate/connection";
import type { ConnectRequest, SessionEvent } from "@headgate/session";
import { encryptedName, type Link, type LinkHandler } from "@headgate/transport";
import type { Logger } from "pino";
import type { Flushable } from "./audience.ts";
import type { GatewayContext, PublisherOwner } from "./context.ts";
import { PeerStreams } from "./peer-streams.ts";
import { SwfGate } from "./swf-gate.ts";

/**
 * How many messages of one peer are looked at before all other peers have had their turn: some ten milliseconds. What an
 * encoder that sends a file as fast as it can has to say in one turn is less; a flood has a million.
 */
const MESSAGES_PER_TURN = 10_000;

/**
 * One peer: carries bytes from its Link into its Connection, events from there to the bus, and what the peer watches from
 * the bus to the Link. The one place where an error ends a connection, and only this one.
 */
export class Pump implements LinkHandler, ConnectionDriver, Flushable, PublisherOwner {
  readonly #context: GatewayContext;
  readonly #link: Link;
  readonly #onGone: (pump: Pump) => void;
  readonly #connection: Connection;
  readonly #startedMs: number;
  readonly #session: string = randomBytes(6).toString("hex");
  #log: Logger;
  #streams: PeerStreams | undefined;
  /** Where the application may be played only by certain SWFs. */
  #swfGate: SwfGate | undefined;
  /** Whether the peer has said by `connect` what it wants: what never got so far is only worth a line at debug. */
  #isNamed = false;
  /** Since when the Link has not been writable. */
  #blockedSinceMs: number | undefined;
  /** Replies written while the Link was not writable, in bytes. */
  #blockedOutputBytes = 0;
  #settling = false;
  #messagesLeft = MESSAGES_PER_TURN;
  #isTurnAwaited = false;
  /** Why to end once the replies that are being collected are on their way. */
  #farewell: string | undefined;
  /** Set once the connection is ending: why, and when the Link has had time enough for its last bytes. */
  #ending: { readonly reason: string; readonly deadlineMs: number } | undefined;

  constructor(context: GatewayContext, link: Link, onGone: (pump: Pump) => void) {
    this.#context = context;
    this.#link = link;
    this.#onGone = onGone;
    this.#startedMs = context.now();
    this.#connection = new Connection(context.connectionOptions, this.#startedMs);
    this.#log = this.#newLog();
    link.open(this);
  }

  onBytes(bytes: Uint8Array): void {
    if (this.#ending) return;
    this.#guard(() => {
      const nowMs = this.#context.now();
      try {
        this.#connection.receive(bytes, nowMs);
      } finally {
        this.#settle();
      }
    });
  }

  onWritable(): void {
    this.#blockedSinceMs = undefined;
    this.#blockedOutputBytes = 0;
    this.#connection.peerProgressed(this.#context.now());
    this.flush();
  }

  onClosed(reason?: string): void {
    this.#leave(reason ?? "peer closed");
    this.#logEnd();
    this.#onGone(this);
  }

  onEvent(event: SessionEvent): void {
    if (this.#ending) return;
    if (event.kind === "connectRequested") this.#connect(event.request);
    else if (event.kind === "closeRequested") this.#endAfterReplies("peer closed");
    else if (event.kind === "swfTold") this.#openSwfGate(event.swf);
    else if (this.#swfGate?.admit(event) ?? true) this.#streams?.handle(event);
  }

  onOutput(bytes: Uint8Array): void {
    if (!this.#link.writable) this.#countBlockedOutput(bytes.length);
    this.#link.write(bytes);
    this.#noteBlocked();
  }

  /** Writes what is new for this peer, as far as its Link takes it. */
  flush(): void {
    const streams = this.#streams;
    if (!streams || this.#ending || !this.#link.writable) return;
    this.#guard(() => {
      if (streams.writeTo(this.#link)) this.#settle();
    });
    this.#noteBlocked();
  }

  takenOver(publisher: Publisher): void {
    this.#streams?.takenOver(publisher);
    this.#endAfterReplies("taken over");
  }

  /** Looks after the peer's timeouts; called a few times a second. */
  sweep(nowMs: number): void {
    if (this.#ending) {
      if (nowMs >= this.#ending.deadlineMs) this.#link.destroy();
      return;
    }
    if (this.#blockedSinceMs !== undefined) {
      if (nowMs - this.#blockedSinceMs >= this.#context.options.timeouts.stallMs) this.#abandon("stalled");
      return;
    }
    this.#guard(() => this.#swfGate?.check(nowMs));
    if (nowMs < this.#connection.nextTimeoutMs) return;
    const expired = this.#connection.handleTimeout(nowMs);
    if (expired) this.#abandon(expired);
    else this.#guard(() => this.#settle());
  }

  /** Ends the connection once its last bytes are sent. */
  end(reason: string): void {
    if (this.#ending) return;
    this.#leave(reason);
    this.#link.end();
  }

  /** Ends the connection at once: there is nobody to hear last words. */
  #abandon(reason: string): void {
    this.#leave(reason);
    this.#link.destroy();
  }

  #connect(request: ConnectRequest): void {
    const { bus } = this.#context;
    this.#isNamed = true;
    this.#log = this.#newLog().child({ application: request.application.slice(0, 64) });
    const options = bus.application(request.application);
    if (!options) {
      this.#connection.session.rejectConnect(
        "NetConnection.Connect.InvalidApp",
        "There is no such application.",
      );
      return this.#endAfterReplies("unknown application");
    }
    this.#connection.session.acceptConnect();
    const { application, flashVersion } = request;
    const { remoteAddress, remotePort } = this.#link;
    this.#log.info({ remoteAddress, remotePort, client: flashVersion.slice(0, 64) }, "session started");
    this.#streams = new PeerStreams(this.#context, this.#connection, this, application, this.#log);
    if (options.swfVerification.length > 0) this.#closeSwfGate(options.swfVerification);
  }

  #closeSwfGate(allowed: readonly SwfIdentity[]): void {
    const { session, swfVerificationKey } = this.#connection;
    session.requestSwf();
    this.#swfGate = new SwfGate(allowed, swfVerificationKey, this.#context.now());
  }

  #openSwfGate(swf: SwfVerification): void {
    for (const event of this.#swfGate?.open(swf) ?? []) this.#streams?.handle(event);
  }

  /** Whether the peer speaks RTMPE is known only after its handshake. */
  #newLog(): Logger {
    const { transport } = this.#link;
    const name = this.#connection.encrypted ? encryptedName(transport) : transport;
    return this.#context.log.child({ session: this.#session, transport: name });
  }

  #settle(): void {
    this.#settling = true;
    try {
      this.#messagesLeft = this.#connection.settle(this, this.#context.now(), this.#messagesLeft);
    } finally {
      this.#settling = false;
    }
    if (this.#farewell !== undefined) return this.end(this.#farewell);
    if (this.#messagesLeft === 0) this.#settleNextTurn();
    this.#context.inputMemory.hold(this, this.#connection.bufferedBytes);
  }

  /** The others come first now. */
  #settleNextTurn(): void {
    if (this.#isTurnAwaited) return;
    this.#isTurnAwaited = true;
    setImmediate(() => {
      this.#isTurnAwaited = false;
      this.#messagesLeft = MESSAGES_PER_TURN;
      if (!this.#ending) this.#guard(() => this.#settle());
    });
  }

  #endAfterReplies(reason: string): void {
    this.#farewell = reason;
    if (!this.#settling) this.#guard(() => this.#settle());
  }

  #countBlockedOutput(bytes: number): void {
    this.#blockedOutputBytes += bytes;
    const limit = this.#context.options.limits.maxPendingOutputBytes;
    if (this.#blockedOutputBytes > limit) {
      throw new ProtocolError(
        "OUTPUT_EXCEEDED",
        `the peer leaves more than ${limit} bytes of replies unread`,
      );
    }
  }

  #noteBlocked(): void {
    if (this.#blockedSinceMs === undefined && !this.#link.writable)
      this.#blockedSinceMs = this.#context.now();
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (error instanceof ProtocolError) {
      const { code, section, message } = error;
      this.#log.warn({ code, section, remoteAddress: this.#link.remoteAddress }, message);
      this.end(code);
      return;
    }
    this.#context.invariantBroken(error, this.#log);
    this.#abandon("internal error");
  }

  #leave(reason: string): void {
    if (this.#ending) return;
    this.#context.inputMemory.release(this);
    this.#ending = { reason, deadlineMs: this.#context.now() + this.#context.options.timeouts.closeMs };
    this.#streams?.close();
  }

  #logEnd(): void {
    const { remoteAddress, remotePort, bytesReceived, bytesSent } = this.#link;
    const durationMs = Math.round(this.#context.now() - this.#startedMs);
    const reason = this.#ending?.reason;
    const level = this.#isNamed ? "info" : "debug";
    this.#log[level](
      {
        remoteAddress,
        remotePort,
        reason,
        bytesReceived,
        bytesSent,
        durationMs,
        lagged: this.#streams?.lagCount,
      },
      "session ended",
    );
  }
}
