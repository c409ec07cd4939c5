import type { Pinned } from "@headgate/bus";
import { ProtocolError } from "@headgate/bytes";
import type { Connection, ConnectionDriver } from "@headgate/connection";
import { addressKey, type Link, type LinkHandler } from "@headgate/transport";
import { BlockedOutput } from "./blocked-output.ts";
import type { DriverTimeouts } from "./config.ts";
import { ConnectionFaults } from "./connection-faults.ts";
import type { DriverContext } from "./driver-context.ts";
import type { DriverOwner } from "./driver-owner.ts";
import { hasStalled } from "./has-stalled.ts";
import { PeerTurn } from "./peer-turn.ts";
import { Reading } from "./reading.ts";
import type { Traffic } from "./traffic.ts";
import type { TurnTaker } from "./turns.ts";
import { UnreadReplies } from "./unread-replies.ts";
import { UnsentMedia } from "./unsent-media.ts";

/** With this much input waiting for the peer's next turns, reading from the peer is paused. Bytes. */
const MAX_AWAITING_BYTES: number = 256 * 1024;

/**
 * Carries bytes between one Link and one Connection, and enforces its timeouts and its memory. The one place where an error
 * ends a connection, and only this connection: no method throws, whatever the connection and the owner throw.
 */
export class Driver<Event extends { readonly kind: string }>
  implements LinkHandler, ConnectionDriver<Event>, TurnTaker
{
  readonly link: Link;
  /** Counted together with that of other connections. */
  readonly traffic: Traffic;
  readonly #context: DriverContext;
  /** Those that were in force when the connection began. */
  readonly #timeouts: DriverTimeouts;
  readonly #connection: Connection<Event>;
  readonly #owner: DriverOwner<Event>;
  readonly #reading: Reading;
  readonly #blocked: BlockedOutput;
  readonly #unreadReplies: UnreadReplies;
  readonly #unsentMedia: UnsentMedia;
  #isPolling = false;
  readonly #turn: PeerTurn;
  #turnKey: string | undefined;
  #isHeld = false;
  /** Bytes of the handshake, which costs up to half a millisecond, until it is their turn. */
  #waiting: Uint8Array[] = [];
  /** The input that is counted as this peer's. Bytes. */
  #heldInputBytes = 0;
  /** The reason to end with, once the pending replies have been written. */
  #farewell: string | undefined;
  #problem: string | undefined;
  /** Set once the connection is ending: the reason, and the time at which the Link is destroyed. */
  #ending: { readonly reason: string; readonly deadlineMs: number } | undefined;
  /** Set once the Link is closed. Input received before may still wait for its turns. */
  #closedReason: string | undefined;
  /** Created at the first fault: most connections have none. */
  #faults: ConnectionFaults | undefined;

  /** It is counted in `traffic`, if that is counted. */
  constructor(
    context: DriverContext,
    link: Link,
    connection: Connection<Event>,
    owner: DriverOwner<Event>,
    traffic: Traffic = { receivedBytes: 0, sentBytes: 0 },
  ) {
    this.#context = context;
    this.#timeouts = context.options.timeouts;
    this.link = link;
    this.traffic = traffic;
    this.#connection = connection;
    this.#owner = owner;
    this.#reading = new Reading(link, context.readRounds);
    this.#blocked = new BlockedOutput(context.options.limits.maxPendingOutputBytes);
    this.#unreadReplies = new UnreadReplies(link, context.inputMemory, () => this.turnKey);
    this.#unsentMedia = new UnsentMedia(link);
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
    this.poll();
  }

  onBytes(bytes: Uint8Array): void {
    this.traffic.receivedBytes += bytes.length;
    if (this.#ending) return;
    try {
      this.#receive(bytes);
      this.#awaitRound(bytes.length);
    } catch (error) {
      this.fail(error);
    }
  }

  onWritable(): void {
    try {
      this.#blocked.end();
      this.#unsentMedia.look();
      this.#connection.peerProgressed(this.#context.now());
      this.#owner.onWritable();
    } catch (error) {
      this.fail(error);
    }
  }

  onClosed(reason?: string): void {
    this.#unsentMedia.end();
    this.#closedReason = reason ?? "peer closed";
    if (!this.#context.turns.isAwaitedBy(this)) this.#goneWithLink(this.#closedReason);
  }

  onEvent(event: Event): void {
    if (!this.#ending) this.#owner.onEvent(event);
  }

  onOutput(bytes: Uint8Array): void {
    this.traffic.sentBytes += bytes.length;
    const isReply = !this.#connection.isPaced;
    if (isReply && !this.link.writable) this.#blocked.addReply(bytes.length);
    if (!this.link.write(bytes)) this.#unsentMedia.skip(bytes.length);
    this.#noteBlocked();
    if (isReply) this.#unreadReplies.add(bytes.length);
  }

  /** Sends what the owner has written to the session, and goes on reading. */
  poll(): void {
    if (this.#isPolling || this.#ending) return;
    try {
      this.#poll();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Goes on reading after having waited in the line. */
  takeTurn(): void {
    if (this.#ending) return;
    const waiting = this.#waiting.splice(0);
    this.guard(() => {
      if (waiting.length === 0) return this.#poll(true);
      for (const bytes of waiting) this.#read(bytes);
    });
  }

  takenOfLateMs(nowMs: number): number {
    return this.#turn.takenOfLateMs(nowMs);
  }

  isSteady(nowMs: number): boolean {
    return this.#turn.isSteady(nowMs);
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** When the peer was last heard: now, while some of what it has sent waits to be read. */
  get heardMs(): number {
    const isWaiting = this.#reading.awaitsTurns || this.#connection.waitingBytes > 0;
    return isWaiting ? this.#context.now() : this.#connection.heardMs;
  }

  /** Asks a connected peer whether it is there. */
  ping(): void {
    this.guard(() => this.#connection.ping(this.#context.now()));
    this.poll();
  }

  /** Reads nothing more until {@link release}: the peer's last request cannot be answered yet. */
  hold(): void {
    this.#isHeld = true;
    this.pause();
  }

  release(): void {
    this.#isHeld = false;
    this.resume();
    this.poll();
  }

  /** Pauses reading. */
  pause(): void {
    this.#reading.pause();
  }

  /** Resumes reading, unless too much input waits for the peer's turns. */
  resume(): void {
    this.#reading.resume();
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
    const { guard } = this.#connectionFaults;
    if (!(error instanceof ProtocolError)) return guard.fail(error);
    guard.run(() => {
      const { code, section, message } = error;
      this.#problem = message;
      this.#owner.log.warn({ code, section, remoteAddress: this.link.remoteAddress }, message);
      this.end(code);
    });
  }

  /** Media was written to the Link directly and has not left at once. Its memory is pinned for this. */
  noteUnsent(memory: Pinned, length: number): void {
    this.#unsentMedia.add(memory, length, this.#context.now());
    this.#noteBlocked();
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
    this.poll();
  }

  /** Ends the connection at once, without last bytes. */
  abandon(reason: string): void {
    if (this.#ending) return this.link.destroy();
    this.#leave(reason);
    this.link.destroy();
    if (this.#closedReason !== undefined) this.#tell(() => this.#owner.onGone(reason));
  }

  get #connectionFaults(): ConnectionFaults {
    this.#faults ??= new ConnectionFaults(this.#context.faults, this.#owner, () =>
      this.abandon("internal error"),
    );
    return this.#faults;
  }

  /** Tells the owner about the end. The connection ends even if the owner throws. */
  #tell(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#connectionFaults.report(error);
    }
  }

  #noteBlocked(): void {
    if (!this.link.writable) this.#blocked.begin(this.#context.now());
  }

  #receive(bytes: Uint8Array): void {
    const { turns } = this.#context;
    const isEarly = this.#connection.handshake === undefined && turns.promptLeftMs === 0;
    if (!isEarly && this.#waiting.length === 0) return this.#read(bytes);
    this.#waiting.push(new Uint8Array(bytes));
    this.#holdInput(this.#waiting.reduce((sum, { length }) => sum + length, 0));
    turns.await(this);
    this.#reading.awaitTurns();
  }

  #awaitRound(length: number): void {
    const untilMs = this.#ending ? undefined : this.#owner.inputMayWaitUntilMs?.();
    if (untilMs !== undefined) this.#reading.awaitRound(length, this.#context.now(), untilMs);
  }

  #read(bytes: Uint8Array): void {
    if (this.#ending) return;
    const isNew = this.#connection.handshake === undefined;
    const startMs = this.#context.now();
    try {
      this.#connection.receive(bytes, startMs);
    } finally {
      if (isNew) this.#context.turns.spendPrompt(this.#context.now() - startMs);
      if (isNew && this.#connection.handshake) this.#owner.onHandshake?.();
      this.#poll();
      this.#connection.keepInput();
    }
  }

  #lookAfter(nowMs: number): void {
    if (this.#ending) {
      if (nowMs >= this.#ending.deadlineMs) this.link.destroy();
      return;
    }
    this.#unreadReplies.look();
    this.#unsentMedia.look();
    if (this.#hasStalled(nowMs)) return this.abandon("stalled");
    if (this.#blocked.sinceMs !== undefined) return;
    if (nowMs < this.#connection.nextTimeoutMs) return;
    const expired = this.#connection.handleTimeout(nowMs);
    if (expired) this.abandon(expired);
    else this.poll();
  }

  #hasStalled(nowMs: number): boolean {
    const { sinceMs: blockedSinceMs } = this.#blocked;
    const { droppedSinceMs } = this.#unsentMedia;
    const pressure = this.#context.memoryPressure();
    return hasStalled({ blockedSinceMs, droppedSinceMs }, this.#timeouts.stallMs, pressure, nowMs);
  }

  #poll(isInLine = false): void {
    if (this.#isHeld) return this.#holdInput(this.#connection.bufferedBytes);
    const nowMs = this.#context.now();
    if (isInLine) this.#turn.beginInLine(nowMs);
    else this.#turn.beginPromptly(nowMs, this.#connection.waitingBytes);
    let isDone = true;
    this.#isPolling = true;
    try {
      isDone = this.#connection.poll(this, nowMs, this.#turn);
    } finally {
      this.#isPolling = false;
      this.#turn.end(this.#context.now(), isDone);
    }
    if (this.#ending) return;
    if (this.#farewell !== undefined) return this.end(this.#farewell);
    this.#readOn(isDone);
    this.#holdInput(this.#connection.bufferedBytes);
  }

  /** Throws INPUT_EXCEEDED. One that is ending has given back what it held, and holds nothing more. */
  #holdInput(bytes: number): void {
    if (this.#ending || bytes === this.#heldInputBytes) return;
    this.#heldInputBytes = bytes;
    this.#context.inputMemory.hold(this, bytes, this.turnKey);
  }

  #readOn(isDone: boolean): void {
    if (!isDone) {
      this.#context.turns.await(this);
      if (this.#connection.waitingBytes >= MAX_AWAITING_BYTES) this.#reading.awaitTurns();
      return;
    }
    if (this.#closedReason !== undefined) return this.#goneWithLink(this.#closedReason);
    this.#reading.turnsCame();
  }

  #goneWithLink(reason: string): void {
    this.#leave(reason);
    this.#tell(() => this.#owner.onGone(this.#ending!.reason));
  }

  #leave(reason: string): void {
    if (this.#ending) return;
    this.#reading.end();
    this.#blocked.end();
    this.#unreadReplies.end();
    this.#context.turns.leave(this);
    this.#context.inputMemory.release(this);
    this.#ending = { reason, deadlineMs: this.#context.now() + this.#timeouts.closeMs };
    this.#tell(() => this.#owner.onEnding(reason));
  }
}
