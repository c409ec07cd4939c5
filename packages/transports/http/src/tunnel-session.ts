import { ByteQueue } from "./byte-queue.ts";
import {
  BASE_MS,
  COALESCE_BYTES,
  COALESCE_MS,
  FIRST_BYTE_MS,
  GAP_MS,
  HOLD_MS,
  IDLE_MS,
  LINGER_MS,
  MAX_PAUSED_BYTES,
  MAX_WITHHELD_REQUESTS,
} from "./limits.ts";
import { PollingInterval } from "./polling-interval.ts";
import { type EarlyRequest, ReorderBuffer } from "./reorder-buffer.ts";
import { ReplyCache } from "./reply-cache.ts";
import type { TunnelReply } from "./tunnel-reply.ts";
import type { WaitingRequest } from "./waiting-request.ts";
import { WithheldRequests } from "./withheld-requests.ts";

/** One request of a session, with its body whole. */
export interface TunnelRequest {
  readonly kind: "send" | "idle" | "close";
  /** Undefined: some clients leave it out of the last request, which then ends the session whatever else is under way. */
  readonly sequence: number | undefined;
  readonly body: Uint8Array;
  /** Called once, at any time: with the body of the reply, or without one if the session is over. */
  readonly answer: (reply: TunnelReply | undefined) => void;
}

/** Hears from a session. `onClosed` is the last call, with a reason if neither side had ended it. */
export interface TunnelHandler {
  onBytes(bytes: Uint8Array): void;
  onWritable(): void;
  onClosed(reason: string | undefined): void;
}

/**
 * A pipe of bytes in both directions, made of requests and replies that may come over any number of connections. Requests
 * take effect in the order of their numbers, each once; what is sent is cut into replies in the same order. No clock and
 * no I/O: time is an argument, and its owner checks `nextTimeoutMs` after each call.
 *
 *     open ── end() ──► ending: what is queued is still fetched, then a request is answered that it is over ──► closed
 *       └── close, destroy(), a broken rule, silence ──► closed
 */
export class TunnelSession {
  readonly #handler: TunnelHandler;
  readonly #maxReplyBytes: number;
  readonly #createdMs: number;
  readonly #queue = new ByteQueue();
  readonly #replies = new ReplyCache();
  readonly #interval = new PollingInterval();
  readonly #early = new ReorderBuffer();
  #state: "open" | "ending" | "closed" = "open";
  /** The number of the next request; clients begin with 0 or 1. */
  #next: number | undefined;
  /** The idle request that waits for data. */
  #held: WaitingRequest | undefined;
  #paused = false;
  /** Bytes received since it was paused, until it is resumed: its handler holds them. */
  #pausedBytes = 0;
  readonly #withheld = new WithheldRequests();
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
  #requests = 0;

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

  /** Requests so far, with those that were repeated. */
  get requests(): number {
    return this.#requests;
  }

  /** When its client last gave a sign of life. */
  get seenMs(): number {
    return this.#seenMs;
  }

  /** Bytes that wait for a request. */
  get queuedBytes(): number {
    return this.#queue.length;
  }

  /** Bytes of replies that are kept because their requests may be repeated. */
  get keptBytes(): number {
    return this.#replies.carriedBytes;
  }

  /** Whether there is room in the next reply. */
  get writable(): boolean {
    return this.#state === "open" && this.#queue.length < this.#maxReplyBytes;
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  /**
   * Bytes of requests that wait for an earlier one, or were sent while it is paused. Once it is ending, what can still be fetched
   * as well: then nobody else counts that.
   */
  get heldBytes(): number {
    const left = this.#state === "open" ? 0 : this.queuedBytes + this.keptBytes;
    return this.#early.bytes + this.#pausedBytes + left;
  }

  /** Whether it has nothing left to answer and can be forgotten. */
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
      this.#early.dueMs,
      this.#withheld.dueMs,
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

  /** Makes requests with bytes, and those after them, wait for their answers until it is resumed. */
  pause(): void {
    this.#paused = true;
  }

  resume(nowMs: number): void {
    this.#paused = false;
    this.#pausedBytes = 0;
    this.#answerWithheld(nowMs);
  }

  /** Closes the session when what is queued has been fetched. */
  end(nowMs: number): void {
    if (this.#state !== "open") return;
    this.#state = "ending";
    this.#answerWithheld(nowMs);
  }

  /** Closes the session at once. The reason is for an end that its owner did not ask for. */
  destroy(nowMs: number, reason?: string): void {
    this.#discard(reason, nowMs);
  }

  request(request: TunnelRequest, nowMs: number): void {
    const { kind, sequence, body, answer } = request;
    this.#requests += 1;
    // A repeated request is not a sign of life: what is kept for it must not be kept for ever.
    if (sequence === undefined || sequence >= (this.#next ?? 0)) this.#seenMs = nowMs;
    if (sequence === undefined) return this.#accept({ kind, sequence, answer, sinceMs: nowMs }, body, nowMs);
    if (sequence === 0) this.#next ??= 0;
    const asked: EarlyRequest = { kind, sequence, body, answer, sinceMs: nowMs };
    if (this.#next === undefined || sequence > this.#next) this.#acceptLater(asked, nowMs);
    else if (sequence < this.#next) this.#repeat(asked, nowMs);
    else this.#acceptInOrder(asked, nowMs);
  }

  /** The connection of the request with this answer is lost. The request may come again. */
  cancel({ answer }: Pick<TunnelRequest, "answer">, nowMs: number): void {
    this.#early.lose(answer);
    if (this.#withheld.lose(answer)) this.#seenMs = nowMs;
    if (this.#held?.answer !== answer) return;
    this.#seenMs = nowMs;
    this.#cancelled = this.#held.sequence;
    this.#held = undefined;
  }

  handleTimeout(nowMs: number): void {
    if (this.#state === "closed") return;
    this.#answerDueWithheld(nowMs);
    if (this.#held && nowMs >= this.#releaseMs(this.#held)) this.#releaseInTime(nowMs);
    if (nowMs >= this.#baseMs()) this.#acceptInOrder(this.#early.take(1)!, nowMs);
    const expired = this.#expired(nowMs);
    if (expired !== undefined) return this.#discard(expired, nowMs);
    for (const answer of this.#early.takeDueAnswers(nowMs)) answer?.(this.#emptyReply());
  }

  /** Why the session is to end. */
  #expired(nowMs: number): string | undefined {
    if (this.#state === "closed") return undefined;
    if (this.#early.size > 0 && nowMs >= this.#gapMs + GAP_MS) return `request ${this.#next ?? 0} is missing`;
    if (nowMs >= this.#firstByteMs()) return "no byte in time";
    return !this.#held && nowMs >= this.#idleMs() ? "no request in time" : undefined;
  }

  /** When request 1 turns out to be the first. */
  #baseMs(): number {
    const isOpen = this.#next === undefined && this.#early.has(1);
    return isOpen ? this.#gapMs + BASE_MS : Number.POSITIVE_INFINITY;
  }

  /** When the client has been silent for too long. While it waits for an answer it cannot ask. */
  #idleMs(): number {
    return this.#withheld.size > 0 ? Number.POSITIVE_INFINITY : this.#seenMs + IDLE_MS;
  }

  #firstByteMs(): number {
    return this.#bytesReceived > 0 ? Number.POSITIVE_INFINITY : this.#createdMs + FIRST_BYTE_MS;
  }

  #releaseMs({ sinceMs }: WaitingRequest): number {
    if (this.#state !== "open" || this.#queue.length >= this.#maxReplyBytes) return Number.NEGATIVE_INFINITY;
    return this.#queue.length > 0 ? this.#queuedMs + COALESCE_MS : sinceMs + HOLD_MS;
  }

  #acceptInOrder(first: EarlyRequest, nowMs: number): void {
    let request: EarlyRequest | undefined = first;
    while (request) {
      const { kind, sequence, body, answer }: EarlyRequest = request;
      this.#next = sequence + 1;
      this.#accept({ kind, sequence, answer, sinceMs: nowMs }, body, nowMs);
      request = this.#early.take(this.#next);
    }
    this.#gapMs = nowMs;
  }

  #acceptLater(request: EarlyRequest, nowMs: number): void {
    if (this.#state === "closed") return request.answer?.(undefined);
    const { sequence } = request;
    if (this.#early.size === 0) this.#gapMs = nowMs;
    this.#early.add(request)?.answer?.(this.#emptyReply());
    if (this.#early.areTooMany || sequence > (this.#next ?? 0) + MAX_SEQUENCE_STEP) {
      this.#discard(`request ${sequence} came instead of ${this.#next ?? 0}`, nowMs);
    }
  }

  /**
   * A repeated request: its bytes were taken, and its answer left the queue, so it gets the same answer again. If it is
   * unanswered, the new copy waits instead: the connection of the old one may be lost unnoticed.
   */
  #repeat({ body, ...request }: EarlyRequest, nowMs: number): void {
    const { sequence, answer } = request;
    if (this.#held?.sequence === sequence) this.#release(nowMs);
    const reply = this.#replies.get(sequence);
    if (reply) return answer?.(reply);
    const withheld = this.#withheld.find(sequence);
    if (withheld) {
      withheld.answer?.(this.#emptyReply());
      withheld.answer = answer;
    } else if (sequence === this.#cancelled && sequence + 1 === this.#next) {
      this.#cancelled = undefined;
      this.#seenMs = nowMs;
      this.#accept(request, body, nowMs);
    } else answer?.(this.#state === "open" ? this.#emptyReply() : undefined);
  }

  #accept(request: WaitingRequest, body: Uint8Array, nowMs: number): void {
    // A client that repeats a request also wants answers to those before it.
    this.#release(nowMs);
    if (request.kind === "send") this.#receive(body, nowMs);
    if (request.kind === "close") this.#closeByClient(nowMs);
    if (this.#mustWithhold(request)) return this.#withhold(request, nowMs);
    this.#answer(request, nowMs);
  }

  #closeByClient(nowMs: number): void {
    // The client has no use for what it has asked before.
    this.#replies.clear();
    this.#close(undefined, nowMs);
    this.#answerWithheld(nowMs);
  }

  #mustWithhold({ kind }: WaitingRequest): boolean {
    if (this.#state !== "open" || kind === "close") return false;
    return this.#withheld.size > 0 || (this.#paused && kind === "send");
  }

  #withhold(request: WaitingRequest, nowMs: number): void {
    this.#answerEmpty(this.#withheld.takeIdle(), nowMs);
    this.#withheld.add(request);
    if (this.#withheld.size > MAX_WITHHELD_REQUESTS)
      this.#discard("requests sent while none is answered", nowMs);
  }

  #answerWithheld(nowMs: number): void {
    const withheld = this.#withheld.takeAll();
    if (withheld.length > 0) this.#seenMs = nowMs;
    for (const request of withheld) this.#answer(request, nowMs);
  }

  /** The first one may get data; later ones must not get it before one that still waits. */
  #answerDueWithheld(nowMs: number): void {
    for (let first = this.#withheld.takeFirst(nowMs); first; first = this.#withheld.takeFirst(nowMs)) {
      if (first.answer) this.#seenMs = nowMs;
      this.#answer(first, nowMs);
    }
    this.#answerEmpty(this.#withheld.takeIdle(nowMs), nowMs);
  }

  #answerEmpty(requests: readonly WaitingRequest[], nowMs: number): void {
    for (const { sequence, answer } of requests) {
      const reply = this.#emptyReply();
      if (answer && sequence !== undefined) this.#replies.keep(sequence, reply, nowMs);
      answer?.(reply);
    }
  }

  #answer(request: WaitingRequest, nowMs: number): void {
    this.#release(nowMs);
    const mayWait = this.#state === "open" && this.#queue.length === 0 && !this.#early.has(this.#next ?? 0);
    const { kind, sequence, answer } = request;
    if (kind === "idle" && mayWait && answer) this.#held = { kind, sequence, answer, sinceMs: nowMs };
    else this.#reply(request, nowMs);
  }

  #receive(body: Uint8Array, nowMs: number): void {
    if (this.#state === "closed" || body.length === 0) return;
    this.#bytesReceived += body.length;
    this.#handler.onBytes(body);
    if (this.#paused && !this.isClosed) this.#pausedBytes += body.length;
    if (this.#pausedBytes > MAX_PAUSED_BYTES) this.#discard("bytes sent while the session is paused", nowMs);
  }

  /** The client counts as present while it was waiting. */
  #releaseInTime(nowMs: number): void {
    this.#seenMs = nowMs;
    this.#release(nowMs);
  }

  #release(nowMs: number): void {
    const held = this.#held;
    this.#held = undefined;
    if (held) this.#reply(held, nowMs);
  }

  #reply({ kind, sequence, answer }: WaitingRequest, nowMs: number): void {
    if (!answer) {
      if (kind === "idle") this.#cancelled = sequence;
      return;
    }
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

  /** Queued bytes can still be fetched for a while. */
  #close(reason: string | undefined, nowMs: number): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#overMs = nowMs + LINGER_MS;
    this.#pausedBytes = 0;
    for (const { answer } of this.#early.takeAll()) answer?.(undefined);
    this.#handler.onClosed(reason);
  }

  #discard(reason: string | undefined, nowMs: number): void {
    this.#queue.clear();
    this.#replies.clear();
    this.#held?.answer?.(undefined);
    this.#held = undefined;
    for (const { answer } of this.#withheld.takeAll()) answer?.(undefined);
    this.#close(this.#state === "open" ? reason : undefined, nowMs);
    this.#overMs = nowMs;
  }
}

/** A request further ahead than this is not accepted. */
const MAX_SEQUENCE_STEP = 64;
