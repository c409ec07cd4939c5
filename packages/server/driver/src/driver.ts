import { ProtocolError } from "@headgate/bytes";
import type { Connection, ConnectionDriver } from "@headgate/connection";
import { addressKey, type FaultScope, Guard, type Link, type LinkHandler } from "@headgate/transport";
import type { Logger } from "pino";
import type { DriverLimits, DriverTimeouts } from "./config.ts";
import type { SessionFaults } from "./fault-log.ts";
import type { InputMemory } from "./input-memory.ts";
import type { Sweep } from "./sweep.ts";
import { PeerTurn, type Turns, type TurnTaker } from "./turns.ts";

/**
 * While the process is short of memory, a peer that takes no byte for this long is ended, before `stallMs`: bytes on their way
 * to such peers cannot be dropped. A viewer that can follow its stream at all takes bytes every second. Milliseconds.
 */
const STALL_MS_WHEN_SHORT = 5_000;

/** With this much input waiting for the peer's next turns, reading from the peer is paused. Bytes. */
const MAX_AWAITING_BYTES: number = 256 * 1024;

/** What all drivers of a process share. */
export interface DriverContext {
  readonly options: { readonly limits: DriverLimits; readonly timeouts: DriverTimeouts };
  readonly inputMemory: InputMemory;
  readonly faults: SessionFaults;
  readonly turns: Turns;
  readonly sweep: Sweep;
  /** Whether what is on its way to peers takes more memory than it may. */
  readonly isShortOfMemory: () => boolean;
  /** Milliseconds of a clock that never runs backward. */
  readonly now: () => number;
}

/** Handles the peer's events, and answers through the session. */
export interface DriverOwner<Event> {
  readonly log: Logger;
  /** What a fault on this connection ends; a session unless the owner says otherwise. */
  readonly faultScope?: FaultScope;
  onEvent(event: Event): void;
  /** The handshake is done. */
  onHandshake?(): void;
  /** The Link was not writable and is writable again. */
  onWritable(): void;
  /** The connection is ending: nothing more is sent or received. Called once. */
  onEnding(reason: string): void;
  /** The Link is closed. This is the last call. */
  onGone(reason: string): void;
}

/**
 * Carries bytes between one Link and one Connection, and enforces its timeouts and its memory. The one place where an error
 * ends a connection, and only this connection: no method throws, whatever the connection and the owner throw.
 */
export class Driver<Event extends { readonly kind: string }>
  implements LinkHandler, ConnectionDriver<Event>, TurnTaker
{
  readonly link: Link;
  readonly #context: DriverContext;
  readonly #connection: Connection<Event>;
  readonly #owner: DriverOwner<Event>;
  /** Since when the Link has not been writable. */
  #blockedSinceMs: number | undefined;
  /** Replies written while the Link was not writable, in bytes. */
  #blockedOutputBytes = 0;
  #settling = false;
  readonly #turn: PeerTurn;
  #turnKey: string | undefined;
  /** Bytes of the handshake, which costs up to half a millisecond, until it is their turn. */
  #unheard: Uint8Array[] = [];
  /** Why reading is paused: the owner asked for it, or too much input waits for the peer's next turns. */
  #isPaused = false;
  #isHeld = false;
  #hasTooMuch = false;
  /** The reason to end with, once the pending replies have been written. */
  #farewell: string | undefined;
  #problem: string | undefined;
  /** Set once the connection is ending: the reason, and the time at which the Link is destroyed. */
  #ending: { readonly reason: string; readonly deadlineMs: number } | undefined;
  #faultGuard: Guard | undefined;
  /** Set once the Link is closed. Input received before may still wait for its turns. */
  #closedReason: string | undefined;

  constructor(context: DriverContext, link: Link, connection: Connection<Event>, owner: DriverOwner<Event>) {
    this.#context = context;
    this.link = link;
    this.#connection = connection;
    this.#owner = owner;
    this.#turn = new PeerTurn(context.turns.clock, context.turns);
  }

  get turnKey(): string {
    this.#turnKey ??= addressKey(this.link.remoteAddress);
    return this.#turnKey;
  }

  get isEnding(): boolean {
    return this.#ending !== undefined;
  }

  /** What the peer has done wrong, in words. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Opens the Link. A client sends its first bytes. */
  start(): void {
    this.link.open(this);
    this.settle();
  }

  onBytes(bytes: Uint8Array): void {
    if (this.#ending) return;
    try {
      this.#receive(bytes);
    } catch (error) {
      this.fail(error);
    }
  }

  onWritable(): void {
    try {
      this.#blockedSinceMs = undefined;
      this.#blockedOutputBytes = 0;
      this.#connection.peerProgressed(this.#context.now());
      this.#owner.onWritable();
    } catch (error) {
      this.fail(error);
    }
  }

  onClosed(reason?: string): void {
    this.#closedReason = reason ?? "peer closed";
    if (!this.#context.turns.isAwaitedBy(this)) this.#goneWithLink(this.#closedReason);
  }

  onEvent(event: Event): void {
    if (!this.#ending) this.#owner.onEvent(event);
  }

  onOutput(bytes: Uint8Array): void {
    if (!this.link.writable && !this.#connection.isPaced) this.#countBlockedOutput(bytes.length);
    this.link.write(bytes);
    this.noteBlocked();
  }

  /** Sends what the owner has written to the session, and goes on reading. */
  settle(): void {
    if (this.#settling || this.#ending) return;
    try {
      this.#settle();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Goes on reading after having waited in the line. */
  takeTurn(): void {
    if (this.#ending) return;
    const unheard = this.#unheard.splice(0);
    this.guard(() => {
      if (unheard.length === 0) return this.#settle(true);
      for (const bytes of unheard) this.#hear(bytes);
    });
  }

  takenOfLateMs(nowMs: number): number {
    return this.#turn.takenOfLateMs(nowMs);
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** When the peer was last heard: now, while some of what it has sent waits to be read. */
  get heardMs(): number {
    const isWaiting = this.#hasTooMuch || this.#connection.waitingBytes > 0;
    return isWaiting ? this.#context.now() : this.#connection.heardMs;
  }

  /** Asks a connected peer whether it is there. */
  ping(): void {
    this.guard(() => this.#connection.ping(this.#context.now()));
    this.settle();
  }

  /** Reads nothing more until {@link release}: the peer's last request cannot be answered yet. */
  hold(): void {
    this.#isHeld = true;
    this.pause();
  }

  release(): void {
    this.#isHeld = false;
    this.resume();
    this.settle();
  }

  /** Pauses reading. */
  pause(): void {
    this.#isPaused = true;
    this.link.pause();
  }

  /** Resumes reading, unless too much input waits for the peer's turns. */
  resume(): void {
    this.#isPaused = false;
    if (!this.#hasTooMuch) this.link.resume();
  }

  /** Runs work whose errors end this connection. */
  guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Ends the connection for an error: a ProtocolError is the peer's, anything else is a fault. */
  fail(error: unknown): void {
    if (!(error instanceof ProtocolError)) return this.#guard.fail(error);
    this.#guard.run(() => {
      const { code, section, message } = error;
      this.#problem = message;
      this.#owner.log.warn({ code, section, remoteAddress: this.link.remoteAddress }, message);
      this.end(code);
    });
  }

  /** To be called after bytes were written to the Link directly. */
  noteBlocked(): void {
    if (this.#blockedSinceMs === undefined && !this.link.writable) this.#blockedSinceMs = this.#context.now();
  }

  /** Checks the peer's timeouts; called a few times a second. */
  sweep(nowMs: number): void {
    try {
      this.#lookAfter(nowMs);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Ends the connection once its last bytes have been sent. */
  end(reason: string): void {
    if (this.#ending) return;
    this.#leave(reason);
    this.link.end();
    if (this.#closedReason !== undefined) this.#tell(() => this.#owner.onGone(reason));
  }

  /** Ends the connection once the session's replies have been sent as well. */
  endAfterReplies(reason: string): void {
    this.#farewell = reason;
    this.settle();
  }

  /** Ends the connection at once, without last bytes. */
  abandon(reason: string): void {
    if (this.#ending) return this.link.destroy();
    this.#leave(reason);
    this.link.destroy();
    if (this.#closedReason !== undefined) this.#tell(() => this.#owner.onGone(reason));
  }

  /** Created at the first fault: most connections have none. */
  get #guard(): Guard {
    const report = (scope: FaultScope, error: unknown): void => this.#report(scope, error);
    const unrecoverable = (error: unknown): void => this.#context.faults.unrecoverable(error);
    this.#faultGuard ??= new Guard({ report, unrecoverable }, this.#faultScope, () =>
      this.abandon("internal error"),
    );
    return this.#faultGuard;
  }

  get #faultScope(): FaultScope {
    return this.#owner.faultScope ?? "session";
  }

  #report(scope: FaultScope, error: unknown): void {
    this.#context.faults.report(scope, error, this.#owner.log);
  }

  /** Tells the owner about the end. The connection ends even if the owner throws. */
  #tell(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#report(this.#faultScope, error);
    }
  }

  #receive(bytes: Uint8Array): void {
    const { inputMemory, turns } = this.#context;
    const isEarly = this.#connection.handshake === undefined && turns.promptLeftMs === 0;
    if (!isEarly && this.#unheard.length === 0) return this.#hear(bytes);
    this.#unheard.push(bytes);
    inputMemory.hold(
      this,
      this.#unheard.reduce((sum, { length }) => sum + length, 0),
    );
    turns.await(this);
    this.#askToWait();
  }

  #hear(bytes: Uint8Array): void {
    if (this.#ending) return;
    const isNew = this.#connection.handshake === undefined;
    const startMs = this.#context.now();
    try {
      this.#connection.receive(bytes, startMs);
    } finally {
      if (isNew) this.#context.turns.spendPrompt(this.#context.now() - startMs);
      if (isNew && this.#connection.handshake) this.#owner.onHandshake?.();
      this.#settle();
    }
  }

  /** Until its next turns have come. */
  #askToWait(): void {
    if (this.#hasTooMuch) return;
    this.#hasTooMuch = true;
    this.link.pause();
  }

  #lookAfter(nowMs: number): void {
    if (this.#ending) {
      if (nowMs >= this.#ending.deadlineMs) this.link.destroy();
      return;
    }
    if (this.#blockedSinceMs !== undefined) {
      if (nowMs - this.#blockedSinceMs >= this.#patienceMs) this.abandon("stalled");
      return;
    }
    if (nowMs < this.#connection.nextTimeoutMs) return;
    const expired = this.#connection.handleTimeout(nowMs);
    if (expired) this.abandon(expired);
    else this.settle();
  }

  #settle(isInLine = false): void {
    if (this.#isHeld) return this.#context.inputMemory.hold(this, this.#connection.bufferedBytes);
    const nowMs = this.#context.now();
    if (isInLine) this.#turn.beginInLine(nowMs);
    else this.#turn.beginPromptly(nowMs);
    let isDone = true;
    this.#settling = true;
    try {
      isDone = this.#connection.settle(this, nowMs, this.#turn);
    } finally {
      this.#settling = false;
      this.#turn.end(this.#context.now(), isDone);
    }
    if (this.#ending) return;
    if (this.#farewell !== undefined) return this.end(this.#farewell);
    this.#readOn(isDone);
    this.#context.inputMemory.hold(this, this.#connection.bufferedBytes);
  }

  #readOn(isDone: boolean): void {
    if (!isDone) {
      this.#context.turns.await(this);
      if (this.#connection.waitingBytes >= MAX_AWAITING_BYTES) this.#askToWait();
      return;
    }
    if (this.#closedReason !== undefined) return this.#goneWithLink(this.#closedReason);
    if (!this.#hasTooMuch) return;
    this.#hasTooMuch = false;
    if (!this.#isPaused) this.link.resume();
  }

  get #patienceMs(): number {
    const { stallMs } = this.#context.options.timeouts;
    return this.#context.isShortOfMemory() ? Math.min(stallMs, STALL_MS_WHEN_SHORT) : stallMs;
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

  #goneWithLink(reason: string): void {
    this.#leave(reason);
    this.#tell(() => this.#owner.onGone(this.#ending!.reason));
  }

  #leave(reason: string): void {
    if (this.#ending) return;
    // A paused Link would not notice that the peer closes.
    if (this.#hasTooMuch) this.link.resume();
    this.#context.turns.leave(this);
    this.#context.inputMemory.release(this);
    this.#ending = { reason, deadlineMs: this.#context.now() + this.#context.options.timeouts.closeMs };
    this.#tell(() => this.#owner.onEnding(reason));
  }
}
