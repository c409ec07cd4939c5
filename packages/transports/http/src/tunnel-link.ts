import { addressKey, type Faults, Guard, type Link, type LinkHandler } from "@headgate/transport";
import { STANDSTILL_MS } from "./limits.ts";
import { type LeftReplies, type ReplyConnection, SessionReplies } from "./session-replies.ts";
import type { SharedMemory } from "./shared-memory.ts";
import { type TunnelHandler, type TunnelRequest, TunnelSession } from "./tunnel-session.ts";

export interface TunnelPeer {
  readonly transport: "rtmpt" | "rtmpts";
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** What the sessions of a server share. */
export interface TunnelLinkOptions {
  readonly maxReplyBytes: number;
  readonly memory: SharedMemory;
  readonly left: LeftReplies;
  readonly faults: Faults;
}

/** A tunnel session as a Link, adding the clock, the timer and the memory accounting. */
export class TunnelLink implements Link, TunnelHandler {
  readonly transport: "rtmpt" | "rtmpts";
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #session: TunnelSession;
  readonly #memory: SharedMemory;
  readonly #address: string;
  readonly #unread = new SessionReplies();
  readonly #left: LeftReplies;
  /** Whether nobody asks for `queuedBytes` any more. */
  #isLeft = false;
  readonly #onOver: () => void;
  #heldBytes = 0;
  #handler: LinkHandler | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerMs = Number.POSITIVE_INFINITY;
  /** When the timer should fire, which may be later than it was set for. */
  #expectedMs = Number.POSITIVE_INFINITY;
  readonly #guard: Guard;
  readonly #onTimer: () => void;

  /** `onOver` is called when no request can concern the session any more. */
  constructor(
    peer: TunnelPeer,
    { maxReplyBytes, memory, left, faults }: TunnelLinkOptions,
    onOver: () => void,
  ) {
    this.transport = peer.transport;
    this.remoteAddress = peer.remoteAddress;
    this.remotePort = peer.remotePort;
    this.#memory = memory;
    this.#left = left;
    this.#address = addressKey(peer.remoteAddress);
    this.#onOver = onOver;
    this.#guard = new Guard(faults, "session", () => this.#failed());
    this.#onTimer = this.#guard.entry(() => this.#timeout());
    const nowMs = performance.now();
    this.#session = new TunnelSession(this, maxReplyBytes, nowMs);
    this.#lookAfter(nowMs);
  }

  get bytesReceived(): number {
    return this.#session.bytesReceived;
  }

  get bytesSent(): number {
    return this.#session.bytesSent;
  }

  get queuedBytes(): number {
    const { queuedBytes, keptBytes } = this.#session;
    // Mostly the replies that are kept are those that are not read.
    return queuedBytes + Math.max(keptBytes, this.#unread.bytes);
  }

  /** Requests so far, with those that were repeated. */
  get requests(): number {
    return this.#session.requests;
  }

  /** When its client last gave a sign of life, by `performance.now()`. */
  get seenMs(): number {
    return this.#session.seenMs;
  }

  get writable(): boolean {
    return this.#session.writable;
  }

  get isClosed(): boolean {
    return this.#session.isClosed;
  }

  open(handler: LinkHandler): void {
    this.#handler = handler;
  }

  write(bytes: Uint8Array): boolean {
    const nowMs = performance.now();
    this.#session.write(bytes, nowMs);
    this.#lookAfter(nowMs);
    return false;
  }

  pause(): void {
    this.#session.pause();
  }

  resume(): void {
    const nowMs = performance.now();
    this.#session.resume(nowMs);
    this.#lookAfter(nowMs);
  }

  end(): void {
    const nowMs = performance.now();
    this.#session.end(nowMs);
    this.#leaveUnread();
    this.#lookAfter(nowMs);
  }

  destroy(): void {
    const nowMs = performance.now();
    this.#session.destroy(nowMs);
    this.#lookAfter(nowMs);
  }

  /** A fault ends the session, not the connection of the request, which others may share. */
  request(request: TunnelRequest): void {
    this.#guard.run(() => {
      const nowMs = performance.now();
      this.#session.request(request, nowMs);
      this.#lookAfter(nowMs);
    });
  }

  /** A reply with so much of what was written lies in this connection, as far as the client has not read it. */
  replied(connection: ReplyConnection, bytes: number): void {
    if (this.#isLeft) this.#left.add(connection, bytes, this.#address);
    else this.#unread.add(connection, bytes);
  }

  /** The connection of the request with this answer is lost. */
  cancel(request: Pick<TunnelRequest, "answer">): void {
    this.#guard.run(() => {
      const nowMs = performance.now();
      this.#session.cancel(request, nowMs);
      this.#lookAfter(nowMs);
    });
  }

  /** Forgets the session before its time. */
  forget(): void {
    clearTimeout(this.#timer);
    this.#memory.release(this);
    this.#onOver();
  }

  onBytes(bytes: Uint8Array): void {
    this.#handler?.onBytes(bytes);
  }

  onWritable(): void {
    this.#handler?.onWritable();
  }

  onClosed(reason: string | undefined): void {
    this.#leaveUnread();
    // It may be one of the calls above that closes it.
    setImmediate(() => this.#tellClosed(reason));
  }

  #leaveUnread(): void {
    this.#isLeft = true;
    this.#unread.moveTo(this.#left, this.#address);
  }

  /** Once. */
  #tellClosed(reason: string | undefined): void {
    const handler = this.#handler;
    this.#handler = undefined;
    handler?.onClosed(reason);
  }

  #timeout(): void {
    const nowMs = performance.now();
    if (nowMs - this.#expectedMs > STANDSTILL_MS) return this.#startTimer(nowMs + STANDSTILL_MS, nowMs);
    this.#timerMs = Number.POSITIVE_INFINITY;
    this.#session.handleTimeout(nowMs);
    this.#lookAfter(nowMs);
  }

  /** After a fault: the session may not even be able to end. */
  #failed(): void {
    this.onClosed("internal error");
    this.forget();
    try {
      this.#session.destroy(performance.now());
    } catch {
      // Requests that it can no longer answer are left to the timeouts of their connections.
    }
  }

  #lookAfter(nowMs: number): void {
    this.#countMemory(nowMs);
    this.#setTimer(nowMs);
  }

  #countMemory(nowMs: number): void {
    const { heldBytes } = this.#session;
    if (heldBytes === this.#heldBytes) return;
    this.#heldBytes = heldBytes;
    if (this.#memory.tryHold(this, heldBytes, this.#address)) return;
    this.#session.destroy(nowMs, "INPUT_EXCEEDED");
    this.#memory.release(this);
  }

  /** Schedules the session's next timeout. A timer that is too early is left alone: it is set again when it fires. */
  #setTimer(nowMs: number): void {
    if (this.#session.isOver(nowMs)) return this.forget();
    const timeoutMs = this.#session.nextTimeoutMs;
    if (timeoutMs < this.#timerMs) this.#startTimer(timeoutMs, nowMs);
  }

  #startTimer(timeoutMs: number, nowMs: number): void {
    clearTimeout(this.#timer);
    this.#timerMs = timeoutMs;
    this.#expectedMs = Math.max(timeoutMs, nowMs);
    this.#timer = setTimeout(this.#onTimer, Math.ceil(this.#expectedMs - nowMs));
  }
}
