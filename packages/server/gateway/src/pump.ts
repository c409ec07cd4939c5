import type { DriverOwner, Peer } from "@headgate/driver";
import type { SwfVerification } from "@headgate/message";
import type { SessionEvent } from "@headgate/session";
import type { TransportName } from "@headgate/transport";
import type { Logger } from "pino";
import type { GatewayContext } from "./context.ts";
import { wordsFor } from "./end-reasons.ts";
import { PeerStreams, type PeerStreamsOwner } from "./peer-streams.ts";
import { PendingVerdict } from "./pending-verdict.ts";
import { type ConnectAttempt, decide, type SwfAnswer, type Verdict } from "./policy.ts";
import { PresenceCheck } from "./presence-check.ts";
import type { OpenProxy, ProxiedSession } from "./proxied-session.ts";
import { SessionTrace } from "./session-trace.ts";
import { StreamRequests, type StreamRequestsOwner } from "./stream-requests.ts";

/** The time a player has to answer which SWF it is made of, as with Flash Media Server. Milliseconds. */
const SWF_ANSWER_MS = 5_000;

/**
 * A peer that was refused and does nothing else is ended after this time. librtmp, and so OBS, does not know some of the
 * refusals and would wait for ever, answering pings. Milliseconds.
 */
const REFUSED_LINGER_MS = 5_000;

/** Passes a peer's events to the bus, and sends it the streams it watches. */
export class Pump implements DriverOwner<SessionEvent>, PeerStreamsOwner, StreamRequestsOwner {
  lastPass = 0;
  readonly #context: GatewayContext;
  readonly #onGone: (pump: Pump) => void;
  readonly #peer: Peer;
  readonly #startedMs: number;
  readonly #session: string;
  readonly #trace: SessionTrace | undefined;
  /** Created for the first log line: for most peers that is at `connect`. */
  #log: Logger | undefined;
  #streams: PeerStreams | undefined;
  /** The server's side, if the session is proxied. */
  #proxied: ProxiedSession | undefined;
  #requests: StreamRequests | undefined;
  #pendingConnect: PendingVerdict | undefined;
  /** Set once another publisher has come for one of its streams. */
  #presence: PresenceCheck | undefined;
  /** Set once the peer was asked which SWF it is made of. */
  #swf:
    | {
        readonly answer: Promise<SwfAnswer>;
        readonly tell: (answer: SwfAnswer) => void;
        readonly deadlineMs: number;
      }
    | undefined;
  readonly #writeStreams = (): void => {
    if (this.#streams?.flush()) this.#peer.poll();
  };
  /** Whether the peer has sent `connect`. */
  #isNamed = false;

  constructor(
    context: GatewayContext,
    createPeer: (owner: DriverOwner<SessionEvent>) => Peer,
    onGone: (pump: Pump) => void,
  ) {
    this.#context = context;
    this.#onGone = onGone;
    this.#startedMs = context.now();
    this.#session = Buffer.from(context.connectionOptions.random(6)).toString("hex");
    this.#peer = createPeer(this);
    this.#trace = this.#newTrace();
    this.#peer.start();
  }

  get isInternal(): boolean {
    return this.#peer.isInternal;
  }

  get log(): Logger {
    this.#log ??= this.#newLog();
    return this.#log;
  }

  onEvent(event: SessionEvent): void {
    switch (event.kind) {
      case "connectRequested":
        return this.#connect({ peer: this, request: event.request, message: event.message });
      case "closeRequested":
        return this.#peer.endAfterReplies("peer closed");
      case "swfTold":
        return this.#takeSwf(event.swf);
      case "streamLengthRequested":
        // Every stream is live.
        return this.#peer.session.answerStreamLength(event.transactionId, 0);
      case "passed":
        return this.#proxied?.receive(event.message);
      default:
        if (this.#trace) this.#traceStream(event);
        return this.#requests?.handle(event);
    }
  }

  onHandshake(): void {
    this.#trace?.handshakeDone();
  }

  /** Not at once: when a thousand viewers become writable in one turn, others must be served in between. */
  onWritable(): void {
    this.#context.fanOut.wake(this);
    this.#proxied?.clientWritable();
  }

  onEnding(): void {
    try {
      this.#pendingConnect?.withdraw();
      this.#requests?.close();
      this.#streams?.close();
      this.#presence?.end();
    } finally {
      this.#proxied?.clientGone();
    }
  }

  onGone(reason: string): void {
    try {
      this.#logEnd(reason);
    } finally {
      this.#onGone(this);
    }
  }

  /** Writes what is new for this peer, for as long as its Link is writable. */
  flush(): void {
    if (this.#streams && this.#peer.link.writable) this.#peer.guard(this.#writeStreams);
  }

  fail(error: unknown): void {
    this.#peer.fail(error);
  }

  guard(work: () => void): void {
    this.#peer.guard(work);
    this.#peer.poll();
  }

  confirmPresence(): Promise<void> | undefined {
    this.#presence ??= new PresenceCheck(this.#peer);
    return this.#presence.ask(this.#context.now());
  }

  takenOver(): void {
    this.#peer.endAfterReplies("taken over");
  }

  /** Checks the peer's timeouts; called a few times a second. */
  sweep(nowMs: number): void {
    if (!this.#peer.isEnding) this.#peer.guard(() => this.#lookAfterRequests(nowMs));
    this.#peer.sweep(nowMs);
  }

  /** Ends the connection once its last bytes have been sent. */
  end(reason: string): void {
    this.#peer.end(reason);
  }

  get transport(): TransportName {
    return this.#peer.transport;
  }

  get remoteAddress(): string {
    return this.#peer.link.remoteAddress;
  }

  get remotePort(): number {
    return this.#peer.link.remotePort;
  }

  askForSwf(): Promise<SwfAnswer> {
    const { session, swfVerificationKey } = this.#peer;
    if (!swfVerificationKey) return Promise.resolve({ kind: "impossible" });
    if (this.#swf) return this.#swf.answer;
    const { promise, resolve } = withResolvers<SwfAnswer>();
    session.requestSwf();
    this.#swf = { answer: promise, tell: resolve, deadlineMs: this.#context.now() + SWF_ANSWER_MS };
    return promise;
  }

  #takeSwf(swf: SwfVerification): void {
    this.#swf?.tell({ kind: "told", swf, key: this.#peer.swfVerificationKey! });
  }

  #lookAfterRequests(nowMs: number): void {
    this.#pendingConnect?.sweep(nowMs);
    this.#requests?.sweep(nowMs);
    this.#presence?.sweep(nowMs);
    if (this.#swf && nowMs >= this.#swf.deadlineMs) this.#swf.tell({ kind: "silent" });
    const streams = this.#streams;
    if (streams?.refusedMs === undefined || nowMs - streams.refusedMs < REFUSED_LINGER_MS) return;
    if (streams.isIdle && !this.#requests?.isWaiting) this.#peer.end("refused");
  }

  #connect(attempt: ConnectAttempt): void {
    this.#isNamed = true;
    this.#log = this.#newLog({ application: attempt.request.application.slice(0, 64) });
    const verdict = decide(this.#context.policies, "connect", attempt);
    if (!(verdict instanceof Promise)) return this.#answerConnect(attempt, verdict);
    this.#peer.hold();
    const request = {
      status: "NetConnection.Connect.Rejected",
      deadlineMs: this.#context.now() + this.#context.options.timeouts.policyMs,
      onVerdict: (decided: Verdict) => {
        this.#pendingConnect = undefined;
        this.#peer.guard(() => this.#answerConnect(attempt, decided));
        this.#peer.release();
      },
    } as const;
    this.#pendingConnect = new PendingVerdict(verdict, request, this.#context.faults);
  }

  #answerConnect(attempt: ConnectAttempt, verdict: Verdict): void {
    const { session, link } = this.#peer;
    const { virtualHost, application, flashVersion, via } = attempt.request;
    if (verdict.kind === "deny") {
      session.rejectConnect(verdict.status, verdict.description);
      return this.#peer.endAfterReplies(verdict.reason);
    }
    const { remoteAddress, remotePort } = link;
    this.log.info({ remoteAddress, remotePort, client: flashVersion.slice(0, 64) }, "session started");
    if (verdict.kind === "takeOver") return this.#handOver(verdict.open, attempt);
    session.acceptConnect();
    const names = { virtualHost, application, via };
    this.#streams = new PeerStreams(this.#context, this.#peer, this, names, this.log);
    this.#requests = new StreamRequests(this.#context, this, this.#streams);
  }

  #handOver(open: OpenProxy, { request, message }: ConnectAttempt): void {
    const peer = this.#peer;
    const passThrough = peer.session.passOn();
    let isFlushAwaited = false;
    const flush = (): void => {
      isFlushAwaited = false;
      peer.poll();
    };
    const { remoteAddress, remotePort } = peer.link;
    this.#proxied = open(
      { request, message, remoteAddress, remotePort },
      {
        get writable() {
          return peer.link.writable;
        },
        // What arrives from one side in one piece is sent to the other side in one piece.
        send: (told) => {
          passThrough.send(told);
          if (!isFlushAwaited) queueMicrotask(flush);
          isFlushAwaited = true;
        },
        pause: () => peer.pause(),
        resume: () => peer.resume(),
        end: (reason) => peer.endAfterReplies(reason),
      },
    );
  }

  #newLog(bindings: { readonly application?: string } = {}): Logger {
    const fields = { session: this.#session, transport: this.#peer.transport, ...bindings };
    return this.#context.log.child(fields, this.#trace?.isOn ? { level: "trace" } : {});
  }

  #logEnd(reason: string): void {
    const { remoteAddress, remotePort, bytesReceived, bytesSent } = this.#peer.link;
    const durationMs = Math.round(this.#context.now() - this.#startedMs);
    const line = {
      ...this.#streams?.role,
      remoteAddress,
      remotePort,
      reason,
      description: this.#peer.problem ?? wordsFor(reason),
      bytesReceived,
      bytesSent,
      durationMs,
      lagged: this.#streams?.lagCount,
    };
    if (this.#isNamed) this.log.info(line, "session ended");
    else this.#logFailure(line, bytesReceived > 0 || reason.includes("timeout"));
  }

  /** A peer that goes again without a word, as health checks do, has not failed. */
  #logFailure(line: { readonly reason: string; readonly remoteAddress: string }, hasFailed: boolean): void {
    const { failedSessions, now } = this.#context;
    const omitted = hasFailed ? failedSessions.take(line.reason, line.remoteAddress, now()) : undefined;
    if (omitted === undefined) this.log.debug(line, "session ended");
    else this.log.info({ ...line, ...(omitted > 0 && { omitted }) }, "session ended");
  }

  #newTrace(): SessionTrace | undefined {
    const { options, connectionOptions, log } = this.#context;
    const session = {
      peer: this.#peer,
      amf: connectionOptions.limits.session.amf,
      remoteAddress: this.#peer.link.remoteAddress,
      log: () => this.log,
    };
    return SessionTrace.of(session, options.trace, log.isLevelEnabled("trace"));
  }

  #traceStream(event: SessionEvent): void {
    if (event.kind !== "publishRequested" && event.kind !== "playRequested") return;
    const { name } = event.kind === "publishRequested" ? event.stream : event.request.stream;
    const key = this.#streams?.keyOf(name);
    if (typeof key === "object") this.#trace?.named(key.path);
  }
}

/** Promise.withResolvers, which Node 20 does not have. */
function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((resolvePromise) => {
    resolve = resolvePromise;
  });
  return { promise, resolve };
}
