import { levelsOf } from "@headgate/bus";
import type { DriverOwner, Peer } from "@headgate/driver";
import type { SwfVerification } from "@headgate/message";
import type { ConnectRequest, SessionEvent } from "@headgate/session";
import type { TransportName } from "@headgate/transport";
import type { Logger } from "pino";
import type { GatewayContext } from "./context.ts";
import { grantConnect } from "./grants.ts";
import { PeerSession } from "./peer-session.ts";
import { PeerStreams, type PeerStreamsOwner } from "./peer-streams.ts";
import { PendingVerdict } from "./pending-verdict.ts";
import {
  type ConnectAttempt,
  type ConnectDecision,
  type Denial,
  decide,
  deny,
  type Policy,
  type SwfAnswer,
} from "./policy.ts";
import { PresenceCheck } from "./presence-check.ts";
import type { OpenProxy, ProxiedSession } from "./proxied-session.ts";
import { Reservations } from "./reservations.ts";
import { SessionLog } from "./session-log.ts";
import { StreamQuestions } from "./stream-questions.ts";
import { StreamRequests, type StreamRequestsOwner } from "./stream-requests.ts";

/** The time a player has to answer which SWF it is made of, as with Flash Media Server. Milliseconds. */
const SWF_ANSWER_MS = 5_000;

/**
 * A peer that was refused and does nothing else is ended after this time. librtmp, and so OBS, does not know some of the
 * refusals and would wait for ever, answering pings. Milliseconds.
 */
const REFUSED_LINGER_MS = 5_000;

/** A tunnel's requests want answers, and inside TLS Node.js reads on. */
const READ_IN_ROUNDS: ReadonlySet<TransportName> = new Set(["rtmp", "rtmpe"]);

/** Passes a peer's events to the bus, and sends it the streams it watches. */
export class Pump implements DriverOwner<SessionEvent>, PeerStreamsOwner, StreamRequestsOwner {
  lastPass = 0;
  isWoken = false;
  readonly session: PeerSession;
  readonly #context: GatewayContext;
  readonly #onGone: (pump: Pump) => void;
  readonly #peer: Peer;
  readonly #log: SessionLog;
  #streams: PeerStreams | undefined;
  /** The server's side, if the session is proxied. */
  #proxied: ProxiedSession | undefined;
  #requests: StreamRequests | undefined;
  #questions: StreamQuestions | undefined;
  #pendingConnect: PendingVerdict<ConnectDecision> | undefined;
  /** For the session as a whole. */
  readonly #reservations = new Reservations();
  /** What the peer was told when its `connect` was refused. */
  #rejected: string | undefined;
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

  constructor(
    context: GatewayContext,
    createPeer: (owner: DriverOwner<SessionEvent>) => Peer,
    onGone: (pump: Pump) => void,
  ) {
    this.#context = context;
    this.#onGone = onGone;
    this.#peer = createPeer(this);
    this.session = new PeerSession(context, this.#peer);
    this.#log = new SessionLog(context, this.session, this.#peer);
    this.#peer.start();
  }

  get isInternal(): boolean {
    return this.#peer.isInternal;
  }

  get turnKey(): string {
    return this.#peer.turnKey;
  }

  get log(): Logger {
    return this.#log.logger;
  }

  get playsMany(): boolean {
    return this.#streams?.playsMany ?? false;
  }

  onEvent(event: SessionEvent): void {
    switch (event.kind) {
      case "connectRequested":
        return this.#connect({
          peer: this,
          grants: {},
          reservations: this.#reservations,
          request: event.request,
          message: event.message,
        });
      case "closeRequested":
        return this.#peer.endAfterReplies("peer closed");
      case "pingAnswered":
        return this.session.pingAnswered(event.sentMs);
      case "swfTold":
        return this.#takeSwf(event.swf);
      case "streamLengthRequested":
      case "recordingInfoRequested":
        return this.#questions?.answer(event);
      case "passed":
        return this.#proxied?.receive(event.message);
      default:
        this.#log.asked(event, this.#streams);
        return this.#requests?.handle(event);
    }
  }

  inputMayWaitUntilMs(): number | undefined {
    return READ_IN_ROUNDS.has(this.#peer.transport) ? this.#streams?.inputMayWaitUntilMs() : undefined;
  }

  onHandshake(): void {
    this.#log.handshakeDone();
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
      this.#reservations.end();
      this.#proxied?.clientGone();
    }
  }

  onGone(reason: string): void {
    try {
      this.session.closed(reason);
      this.#log.ended(reason, this.#streams, this.#rejected);
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

  /** Ends the connection once its last bytes have been sent: what is left of its streams, and that they have ended. */
  finish(reason: string): void {
    // A viewer is told of the end once it has all that came before.
    for (let pass = 0; pass < 2; pass += 1) this.flush();
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

  /** Another process of this server has asked the policies about its own peers. */
  get policies(): readonly Policy[] {
    return this.isInternal ? [] : this.#context.policies;
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
    this.session.named(attempt.request);
    this.#log.named(attempt.request.application);
    const decision = decide(this.policies, "connect", attempt, grantConnect);
    if (!(decision instanceof Promise)) return this.#answerConnect(decision);
    this.#peer.hold();
    const request = {
      status: "NetConnection.Connect.Rejected",
      deadlineMs: this.#context.now() + this.#context.options.timeouts.policyMs,
      onVerdict: (decided: ConnectDecision) => {
        this.#pendingConnect = undefined;
        this.#peer.guard(() => this.#answerConnect(decided));
        this.#peer.release();
      },
    } as const;
    this.#pendingConnect = new PendingVerdict<ConnectDecision>(decision, request, this.#context.faults);
  }

  #answerConnect(decision: ConnectDecision): void {
    if (decision.kind === "deny") return this.#rejectConnect(decision);
    const { attempt } = decision;
    if (attempt.renamedFrom !== undefined && !this.#hasApplication(attempt.request))
      return this.#rejectConnect(deny("NetConnection.Connect.InvalidApp", "APPLICATION_UNKNOWN"));
    this.session.granted(attempt);
    this.#log.started(attempt);
    if (decision.kind === "takeOver") this.#handOver(decision.open, attempt);
    else this.#serve(attempt);
    this.session.connected();
  }

  #serve({ request: { virtualHost, application, via } }: ConnectAttempt): void {
    const { session } = this.#peer;
    session.acceptConnect();
    const names = { virtualHost, application, via };
    const streams = new PeerStreams(this.#context, this.#peer, this, names, this.log);
    this.#streams = streams;
    this.session.streams = streams;
    this.#questions = new StreamQuestions({
      context: this.#context,
      peer: this,
      keyOf: (name) => streams.keyOf(name),
      answerLength: (transactionId, lengthMs) => session.answerStreamLength(transactionId, lengthMs),
      answerRecording: (transactionId, name, info) =>
        session.answerRecordingInfo(transactionId, name, info, Date.now()),
      guard: (work) => this.guard(work),
    });
    this.#requests = new StreamRequests(this.#context, this, streams, this.#questions);
  }

  #rejectConnect({ status, description, reason }: Denial): void {
    this.#rejected = description;
    this.#reservations.end();
    this.#context.refusals.add(reason);
    this.#peer.session.rejectConnect(status, description);
    this.#peer.endAfterReplies(reason);
  }

  #hasApplication({ virtualHost, application }: ConnectRequest): boolean {
    return this.#context.streams.bus.applications.admits(virtualHost, levelsOf(application));
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
}

/** Promise.withResolvers, which Node 20 does not have. */
function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((resolvePromise) => {
    resolve = resolvePromise;
  });
  return { promise, resolve };
}
