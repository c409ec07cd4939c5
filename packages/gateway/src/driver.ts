import { ProtocolError } from "@headgate/bytes";
import type { Connection, ConnectionDriver } from "@headgate/connection";
import type { Link, LinkHandler } from "@headgate/transport";
import type { Logger } from "pino";
import type { InputMemory } from "./input-memory.ts";
import type { GatewayOptions } from "./options.ts";

/**
 * How many messages of one peer are looked at before all other peers have had their turn: some ten milliseconds. What an
 * encoder that sends a file as fast as it can has to say in one turn is less; a flood has a million.
 */
const MESSAGES_PER_TURN = 10_000;

/** What all drivers of a process share. */
export interface DriverContext {
  readonly options: Pick<GatewayOptions, "limits" | "timeouts">;
  readonly inputMemory: InputMemory;
  /** Reports an error that no peer can be blamed for. */
  readonly invariantBroken: (error: unknown, log: Logger) => void;
  /** Milliseconds, never running backward. */
  readonly now: () => number;
}

/** Who decides on what a peer says, and has something to say to it. */
export interface DriverOwner<Event> {
  readonly log: Logger;
  onEvent(event: Event): void;
  /** The handshake is done. */
  onHandshake?(): void;
  /** The Link, having been not writable, is writable again. */
  onWritable(): void;
  /** The connection is ending: nothing more can be said or heard. Once. */
  onEnding(reason: string): void;
  /** The Link is gone. The last call. */
  onGone(reason: string): void;
}

/**
 * Carries bytes between one Link and one Connection, and looks after its time and its memory. The one place where an error
 * ends a connection, and only this one.
 */
export class Driver<Event extends { readonly kind: string }> implements LinkHandler, ConnectionDriver<Event> {
  readonly link: Link;
  readonly #context: DriverContext;
  readonly #connection: Connection<Event>;
  readonly #owner: DriverOwner<Event>;
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

  constructor(context: DriverContext, link: Link, connection: Connection<Event>, owner: DriverOwner<Event>) {
    this.#context = context;
    this.link = link;
    this.#connection = connection;
    this.#owner = owner;
  }

  get isEnding(): boolean {
    return this.#ending !== undefined;
  }

  /** Opens the Link; a client says its first words. */
  start(): void {
    this.link.open(this);
    this.settle();
  }

  onBytes(bytes: Uint8Array): void {
    if (this.#ending) return;
    this.guard(() => {
      const isNew = this.#connection.handshake === undefined;
      try {
        this.#connection.receive(bytes, this.#context.now());
      } finally {
        if (isNew && this.#connection.handshake) this.#owner.onHandshake?.();
        this.#settle();
      }
    });
  }

  onWritable(): void {
    this.#blockedSinceMs = undefined;
    this.#blockedOutputBytes = 0;
    this.#connection.peerProgressed(this.#context.now());
    this.#owner.onWritable();
  }

  onClosed(reason?: string): void {
    this.#leave(reason ?? "peer closed");
    this.#owner.onGone(this.#ending!.reason);
  }

  onEvent(event: Event): void {
    if (!this.#ending) this.#owner.onEvent(event);
  }

  onOutput(bytes: Uint8Array): void {
    if (!this.link.writable && !this.#connection.isPaced) this.#countBlockedOutput(bytes.length);
    this.link.write(bytes);
    this.noteBlocked();
  }

  /** Sends what the owner has said through the session, and reads on. */
  settle(): void {
    if (!this.#settling && !this.#ending) this.guard(() => this.#settle());
  }

  /** Does something that the peer may be to blame for. */
  guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** To be called when something was written past the connection. */
  noteBlocked(): void {
    if (this.#blockedSinceMs === undefined && !this.link.writable) this.#blockedSinceMs = this.#context.now();
  }

  /** Looks after the peer's timeouts; called a few times a second. */
  sweep(nowMs: number): void {
    if (this.#ending) {
      if (nowMs >= this.#ending.deadlineMs) this.link.destroy();
      return;
    }
    if (this.#blockedSinceMs !== undefined) {
      if (nowMs - this.#blockedSinceMs >= this.#context.options.timeouts.stallMs) this.abandon("stalled");
      return;
    }
    if (nowMs < this.#connection.nextTimeoutMs) return;
    const expired = this.#connection.handleTimeout(nowMs);
    if (expired) this.abandon(expired);
    else this.settle();
  }

  /** Ends the connection once its last bytes are sent. */
  end(reason: string): void {
    if (this.#ending) return;
    this.#leave(reason);
    this.link.end();
  }

  /** Ends the connection once what the session has to say is sent as well. */
  endAfterReplies(reason: string): void {
    this.#farewell = reason;
    this.settle();
  }

  /** Ends the connection at once: there is nobody to hear last words. */
  abandon(reason: string): void {
    this.#leave(reason);
    this.link.destroy();
  }

  #settle(): void {
    this.#settling = true;
    try {
      this.#messagesLeft = this.#connection.settle(this, this.#context.now(), this.#messagesLeft);
    } finally {
      this.#settling = false;
    }
    if (this.#ending) return;
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
      this.settle();
    });
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

  #fail(error: unknown): void {
    if (error instanceof ProtocolError) {
      const { code, section, message } = error;
      this.#owner.log.warn({ code, section, remoteAddress: this.link.remoteAddress }, message);
      this.end(code);
      return;
    }
    this.#context.invariantBroken(error, this.#owner.log);
    this.abandon("internal error");
  }

  #leave(reason: string): void {
    if (this.#ending) return;
    this.#context.inputMemory.release(this);
    this.#ending = { reason, deadlineMs: this.#context.now() + this.#context.options.timeouts.closeMs };
    this.#owner.onEnding(reason);
  }
}
