import type { Link, LinkHandler } from "@headgate/transport";
import { type TunnelHandler, type TunnelRequest, TunnelSession } from "./tunnel-session.ts";

export interface TunnelPeer {
  readonly transport: "rtmpt" | "rtmpts";
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** A tunnel session as a Link, with the clock and the timer the session does not have. */
export class TunnelLink implements Link, TunnelHandler {
  readonly transport: "rtmpt" | "rtmpts";
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #session: TunnelSession;
  readonly #onOver: () => void;
  #handler: LinkHandler | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerMs = Number.POSITIVE_INFINITY;
  readonly #onTimer = (): void => {
    const nowMs = performance.now();
    this.#timerMs = Number.POSITIVE_INFINITY;
    this.#session.handleTimeout(nowMs);
    this.#setTimer(nowMs);
  };

  /** `onOver` is called when no request can concern the session any more. */
  constructor(peer: TunnelPeer, maxReplyBytes: number, onOver: () => void) {
    this.transport = peer.transport;
    this.remoteAddress = peer.remoteAddress;
    this.remotePort = peer.remotePort;
    this.#onOver = onOver;
    const nowMs = performance.now();
    this.#session = new TunnelSession(this, maxReplyBytes, nowMs);
    this.#setTimer(nowMs);
  }

  get bytesReceived(): number {
    return this.#session.bytesReceived;
  }

  get bytesSent(): number {
    return this.#session.bytesSent;
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
    this.#setTimer(nowMs);
    return false;
  }

  pause(): void {
    this.#session.pause();
  }

  resume(): void {
    const nowMs = performance.now();
    this.#session.resume(nowMs);
    this.#setTimer(nowMs);
  }

  end(): void {
    const nowMs = performance.now();
    this.#session.end(nowMs);
    this.#setTimer(nowMs);
  }

  destroy(): void {
    const nowMs = performance.now();
    this.#session.destroy(nowMs);
    this.#setTimer(nowMs);
  }

  request(request: TunnelRequest): void {
    const nowMs = performance.now();
    this.#session.request(request, nowMs);
    this.#setTimer(nowMs);
  }

  cancel(request: TunnelRequest): void {
    const nowMs = performance.now();
    this.#session.cancel(request, nowMs);
    this.#setTimer(nowMs);
  }

  /** Forgets the session before its time. */
  forget(): void {
    clearTimeout(this.#timer);
    this.#onOver();
  }

  onBytes(bytes: Uint8Array): void {
    this.#handler?.onBytes(bytes);
  }

  onWritable(): void {
    this.#handler?.onWritable();
  }

  onClosed(reason: string | undefined): void {
    // It may be one of the calls above that closes it.
    setImmediate(() => this.#handler?.onClosed(reason));
  }

  /** Looks when the session wants to be called. A timer that is early is left alone: it sets itself anew. */
  #setTimer(nowMs: number): void {
    if (this.#session.isOver(nowMs)) return this.forget();
    const timeoutMs = this.#session.nextTimeoutMs;
    if (timeoutMs >= this.#timerMs) return;
    clearTimeout(this.#timer);
    this.#timerMs = timeoutMs;
    this.#timer = setTimeout(this.#onTimer, Math.max(0, Math.ceil(timeoutMs - nowMs)));
  }
}
