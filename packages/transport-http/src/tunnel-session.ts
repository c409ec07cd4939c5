import { ByteQueue } from "./byte-queue.ts";
import { EarlyRequests } from "./early-requests.ts";
import { KeptReplies } from "./kept-replies.ts";
import {
  BASE_MS,
  COALESCE_BYTES,
  COALESCE_MS,
  FIRST_BYTE_MS,
  GAP_MS,
  HOLD_MS,
  IDLE_MS,
  LINGER_MS,
  MAX_WITHHELD_REQUESTS,
} from "./limits.ts";
import { PollingInterval } from "./polling-interval.ts";
import type { TunnelReply } from "./tunnel-reply.ts";

/** One request of a session, with its body whole. */
export interface TunnelRequest {
  readonly kind: "send" | "idle" | "close";
  /** undefined: some clients leave it out of the last one, which is then the last whatever else is under way. */
  readonly sequence: number | undefined;
  readonly body: Uint8Array;
  /** Called once, at any time: with the body of the reply, or without one if the session is over. */
  readonly answer: (reply: TunnelReply | undefined) => void;
}

/** What a session tells. `onClosed` is the last, with a reason if neither side had ended it. */
export interface TunnelHandler {
  onBytes(bytes: Uint8Array): void;
  onWritable(): void;
  onClosed(reason: string | undefined): void;
}

interface HeldIdle {
  readonly request: TunnelRequest;
  readonly sinceMs: number;
}

/**
 * A pipe of bytes in both directions, made of requests and replies that may come over any number of connections. Requests
 * take effect in the order of their numbers, each once; what is sent is cut into replies in the same order. No clock and
 * no I/O: time is an argument, and whoever has the session looks at `nextTimeoutMs` after each call.
 *
 *     open ── end() ──► ending: what is queued is still fetched, then a request is told that it is over ──► closed
 *       └── close, destroy(), a broken rule, silence ──► closed
 */
export class TunnelSession {
  readonly #handler: TunnelHandler;
  readonly #maxReplyBytes: number;
  readonly #createdMs: number;
  readonly #queue = new ByteQueue();
  readonly #replies = new KeptReplies();
  readonly #interval = new PollingInterval();
  readonly #early = new EarlyRequests<TunnelRequest>();
  #state: "open" | "ending" | "closed" = "open";
  /** The number of the request that is next; clients begin with 0 or 1. */
  #next: number | undefined;
  #held: HeldIdle | undefined;
  #paused = false;
  /** Requests whose bytes have been taken while paused, in order: a client that waits for its answer sends no more. */
  #withheld: TunnelRequest[] = [];
  /** An idle request whose connection was lost while it was held. */
  #cancelled: number | undefined;
  /** Since when the queue has not been empty, and since when early requests have waited for the same one. */
  #queuedMs = 0;
  #gapMs = 0;
  #seenMs: number;
  #overMs = Number.POSITIVE_INFINITY;
  #blocked = false;
  #bytesReceived = 0;
  #bytesSent = 0;

  constructor(handler: TunnelHandler, maxReplyBytes: number, nowMs: number) {
    this.#handler = handler;
    this.#maxReplyBytes = maxReplyBytes;
    this.#createdMs = nowMs;
    this.#seenMs = nowMs;
  }

  get bytesReceived(): number {
    return this.#bytesReceived;
  }

  /** Bytes that have gone into replies. */
  get bytesSent(): number {
    return this.#bytesSent;
  }

  /** Whether there is room in the next reply. */
  get writable(): boolean {
    return this.#state === "open" && this.#queue.length < this.#maxReplyBytes;
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  /** Whether it has nothing left to answer with: it can be forgotten. */
  isOver(nowMs: number): boolean {
    return nowMs >= this.#overMs;
  }

  /** When `handleTimeout` is to be called next. */
  get nextTimeoutMs(): number {
    if (this.#state === "closed") return this.#overMs;
    const gap = this.#early.size > 0 ? this.#gapMs + GAP_MS : Number.POSITIVE_INFINITY;
    return Math.min(
      this.#held ? this.#releaseMs(this.#held) : this.#idleMs(),
      gap,
      this.#baseMs(),
      this.#firstByteMs(),
    );
  }

  write(bytes: Uint8Array, nowMs: number): void {
    if (this.#state !== "open" || bytes.length === 0) return;
    if (this.#queue.length === 0) this.#queuedMs = nowMs;
    this.#queue.push(bytes);
    if (this.#held && this.#queue.length >= COALESCE_BYTES) this.#releaseInTime(nowMs);
    this.#blocked = !this.writable;
  }

  /** Answers no request that brings bytes, nor those behind it, until it is resumed. */
  pause(): void {
    this.#paused = true;
  }

  resume(nowMs: number): void {
    this.#paused = false;
    this.#answerWithheld(nowMs);
  }

  /** Closes the session when what is queued has been fetched. */
  end(nowMs: number): void {
    if (this.#state !== "open") return;
    this.#state = "ending";
    this.#answerWithheld(nowMs);
  }

  /** Closes the session at once; nothing is left of it. */
  destroy(nowMs: number): void {
    this.#discard(undefined, nowMs);
  }

  request(request: TunnelRequest, nowMs: number): void {
    const { sequence } = request;
    // What has been asked before is no sign of life: what is kept for it must not be kept for ever.
    if (sequence === undefined || sequence >= (this.#next ?? 0)) this.#seenMs = nowMs;
    if (sequence === undefined) return this.#accept(request, nowMs);
    if (sequence === 0) this.#next ??= 0;
    if (this.#next === undefined || sequence > this.#next) this.#acceptLater(request, sequence, nowMs);
    else if (sequence < this.#next) this.#repeat(request, sequence, nowMs);
    else this.#acceptInOrder(request, nowMs);
  }

  /** The request's connection is lost, so that no answer can reach anybody. It may come again. */
  cancel(request: TunnelRequest, nowMs: number): void {
    if (this.#withheld.includes(request)) {
      this.#seenMs = nowMs;
      this.#withheld = this.#withheld.filter((withheld) => withheld !== request);
    }
    if (this.#held?.request !== request) return;
    this.#seenMs = nowMs;
    this.#held = undefined;
    this.#cancelled = request.sequence;
  }

  handleTimeout(nowMs: number): void {
    if (this.#state === "closed") return;
    if (this.#held && nowMs >= this.#releaseMs(this.#held)) {
      this.#releaseInTime(nowMs);
    } else if (nowMs >= this.#baseMs()) {
      this.#next = 1;
      this.#acceptInOrder(this.#early.take(1)!, nowMs);
    } else if (this.#early.size > 0 && nowMs >= this.#gapMs + GAP_MS) {
      this.#discard(`request ${this.#next ?? 0} is missing`, nowMs);
    } else if (nowMs >= this.#firstByteMs()) {
      this.#discard("no byte in time", nowMs);
    } else if (!this.#held && nowMs >= this.#idleMs()) {
      this.#discard("no request in time", nowMs);
    }
  }

  /** When request 1 turns out to be the first. */
  #baseMs(): number {
    const isOpen = this.#next === undefined && this.#early.has(1);
    return isOpen ? this.#gapMs + BASE_MS : Number.POSITIVE_INFINITY;
  }

  /** When the client has been silent for too long; while it waits for an answer it cannot ask. */
  #idleMs(): number {
    return this.#withheld.length > 0 ? Number.POSITIVE_INFINITY : this.#seenMs + IDLE_MS;
  }

  #firstByteMs(): number {
    return this.#bytesReceived > 0 ? Number.POSITIVE_INFINITY : this.#createdMs + FIRST_BYTE_MS;
  }

  #releaseMs({ sinceMs }: HeldIdle): number {
    if (this.#state !== "open" || this.#queue.length >= this.#maxReplyBytes) return Number.NEGATIVE_INFINITY;
    return this.#queue.length > 0 ? this.#queuedMs + COALESCE_MS : sinceMs + HOLD_MS;
  }

  #acceptInOrder(first: TunnelRequest, nowMs: number): void {
    let request: TunnelRequest | undefined = first;
    while (request) {
      this.#next = (request.sequence ?? 0) + 1;
      this.#accept(request, nowMs);
      request = this.#early.take(this.#next);
    }
    this.#gapMs = nowMs;
  }

  #acceptLater(request: TunnelRequest, sequence: number, nowMs: number): void {
    if (this.#state === "closed") return request.answer(undefined);
    if (this.#early.size === 0) this.#gapMs = nowMs;
    this.#early.add(sequence, request)?.answer(this.#emptyReply());
    if (this.#early.areTooMany || sequence > (this.#next ?? 0) + MAX_SEQUENCE_STEP) {
      this.#discard(`request ${sequence} came instead of ${this.#next ?? 0}`, nowMs);
    }
  }

  /** Its bytes have been taken, and what it was answered with is not queued any more: the same answer again. */
  #repeat(request: TunnelRequest, sequence: number, nowMs: number): void {
    if (this.#held?.request.sequence === sequence) this.#release(nowMs);
    const reply = this.#replies.get(sequence);
    if (reply) return request.answer(reply);
    if (sequence !== this.#cancelled || sequence + 1 !== this.#next) {
      return request.answer(this.#state === "open" ? this.#emptyReply() : undefined);
    }
    this.#cancelled = undefined;
    this.#seenMs = nowMs;
    this.#accept(request, nowMs);
  }

  #accept(request: TunnelRequest, nowMs: number): void {
    // Whoever asks anew wants an answer, also to what was asked before.
    this.#release(nowMs);
    if (request.kind === "send") this.#receive(request.body);
    if (request.kind === "close") this.#closeByClient(nowMs);
    if (this.#mustWithhold(request)) return this.#withhold(request, nowMs);
    this.#answer(request, nowMs);
  }

  #closeByClient(nowMs: number): void {
    this.#close(undefined, nowMs);
    this.#answerWithheld(nowMs);
  }

  #mustWithhold({ kind }: TunnelRequest): boolean {
    if (this.#state !== "open" || kind === "close") return false;
    return this.#withheld.length > 0 || (this.#paused && kind === "send");
  }

  #withhold(request: TunnelRequest, nowMs: number): void {
    this.#withheld.push(request);
    if (this.#withheld.length > MAX_WITHHELD_REQUESTS)
      this.#discard("requests are sent though none is answered", nowMs);
  }

  #answerWithheld(nowMs: number): void {
    const withheld = this.#withheld;
    this.#withheld = [];
    for (const request of withheld) this.#answer(request, nowMs);
    if (withheld.length > 0) this.#seenMs = nowMs;
  }

  #answer(request: TunnelRequest, nowMs: number): void {
    const mayWait = this.#state === "open" && this.#queue.length === 0 && !this.#early.has(this.#next ?? 0);
    if (request.kind === "idle" && mayWait) this.#held = { request, sinceMs: nowMs };
    else this.#reply(request, nowMs);
  }

  #receive(body: Uint8Array): void {
    if (this.#state === "closed" || body.length === 0) return;
    this.#bytesReceived += body.length;
    this.#handler.onBytes(body);
  }

  /** The client has been there as long as it was waiting. */
  #releaseInTime(nowMs: number): void {
    this.#seenMs = nowMs;
    this.#release(nowMs);
  }

  #release(nowMs: number): void {
    const held = this.#held;
    this.#held = undefined;
    if (held) this.#reply(held.request, nowMs);
  }

  #reply({ kind, sequence, answer }: TunnelRequest, nowMs: number): void {
    const length = Math.min(this.#queue.length, this.#maxReplyBytes);
    if (length === 0 && this.#state !== "open" && kind !== "close") {
      answer(undefined);
      return this.#close(undefined, nowMs);
    }
    if (kind === "idle" || length > 0) this.#interval.replied(length > 0);
    const pieces = this.#queue.take(length);
    const reply: TunnelReply = { interval: this.#interval.byte, pieces, length: 1 + length };
    this.#bytesSent += length;
    this.#queuedMs = nowMs;
    if (sequence !== undefined) this.#replies.keep(sequence, reply, nowMs);
    answer(reply);
    if (!this.#blocked || !this.writable) return;
    this.#blocked = false;
    this.#handler.onWritable();
  }

  #emptyReply(): TunnelReply {
    return { interval: this.#interval.byte, pieces: [], length: 1 };
  }

  /** What is queued can still be fetched for a while. */
  #close(reason: string | undefined, nowMs: number): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#overMs = nowMs + LINGER_MS;
    for (const { answer } of this.#early.takeAll()) answer(undefined);
    this.#handler.onClosed(reason);
  }

  #discard(reason: string | undefined, nowMs: number): void {
    this.#queue.clear();
    this.#replies.clear();
    this.#held?.request.answer(undefined);
    this.#held = undefined;
    for (const { answer } of this.#withheld.splice(0)) answer(undefined);
    this.#close(this.#state === "open" ? reason : undefined, nowMs);
    this.#overMs = nowMs;
  }
}

/** Further ahead than this a request cannot be waited for. */
const MAX_SEQUENCE_STEP = 64;
