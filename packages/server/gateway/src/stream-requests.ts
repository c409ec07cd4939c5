import type { StreamKey } from "@headgate/bus";
import { copyOf } from "@headgate/message";
import type { GatewayContext } from "./context.ts";
import { grantStream } from "./grants.ts";
import type { NetStreamEvent } from "./net-stream-event.ts";
import type { PeerSession } from "./peer-session.ts";
import type { PeerStreams } from "./peer-streams.ts";
import { PendingVerdict } from "./pending-verdict.ts";
import type { FoundPast, Recorded } from "./play-source.ts";
import type { Located } from "./play-sources.ts";
import {
  type Decision,
  type Denial,
  decide,
  deny,
  type PlayAttempt,
  type Policy,
  type RequestingPeer,
  type StreamAttempt,
} from "./policy.ts";
import type { RefusalCode } from "./refusals.ts";
import { Reservations } from "./reservations.ts";
import { streamAttempt } from "./stream-attempt.ts";
import type { StreamQuestions } from "./stream-questions.ts";
import { isShift, type ShiftEvent } from "./time-shift.ts";

/**
 * What a peer may ask for on one connection before it is answered; Flash asks for two things or three. What it takes back counts
 * until the policies have answered: they keep it so long.
 */
const MAX_HELD_REQUESTS = 32;

/**
 * How much media is held for one connection while its encoder does not wait for the answer: four seconds of 2 Mb/s. Bytes; each
 * event costs a little besides its payload.
 */
const MAX_HELD_BYTES: number = 1024 * 1024;
const EVENT_BYTES = 256;

type StreamRequest = Extract<
  NetStreamEvent,
  { kind: "publishRequested" | "playRequested" | "switchRequested" }
>;

/** What the policies have decided, and the recording that was found for it. */
type StreamDecision = Decision<StreamAttempt> & { readonly recorded?: Recorded };

/** A request that is not answered yet, and the events on its NetStream since. */
interface HeldRequest {
  readonly request: StreamRequest | ShiftEvent;
  readonly reservations: Reservations;
  readonly verdict: Pick<PendingVerdict<unknown>, "sweep" | "withdraw">;
  readonly events: NetStreamEvent[];
}

/** What was found of the past of a live stream. */
interface PastDecision {
  readonly kind: "past";
  readonly found: FoundPast;
}

/** The connection whose requests these are. */
export interface StreamRequestsOwner extends RequestingPeer {
  /** Those that are asked about it. */
  readonly policies: readonly Policy[];
  readonly session: PeerSession;
  /** Runs work whose errors end this connection, and sends the session's replies. */
  guard(work: () => void): void;
}

/**
 * Asks the policies about a peer's requests on its NetStreams, and then looks for the recording that a player may mean. While a verdict is pending, events of that NetStream are held,
 * within limits. A request that is withdrawn meanwhile gets no answer.
 */
export class StreamRequests {
  readonly #context: GatewayContext;
  readonly #peer: StreamRequestsOwner;
  readonly #streams: PeerStreams;
  readonly #questions: Pick<StreamQuestions, "wantsPast">;
  readonly #held = new Map<number, HeldRequest>();
  #heldBytes = 0;
  #heldRequests = 0;
  /** Questions that the policies have not answered yet. */
  #openQuestions = 0;

  constructor(
    context: GatewayContext,
    peer: StreamRequestsOwner,
    streams: PeerStreams,
    questions: Pick<StreamQuestions, "wantsPast">,
  ) {
    this.#questions = questions;
    this.#context = context;
    this.#peer = peer;
    this.#streams = streams;
  }

  /** Whether a verdict is pending. */
  get isWaiting(): boolean {
    return this.#held.size > 0;
  }

  handle(event: NetStreamEvent): void {
    const held = this.#held.size > 0 ? this.#held.get(event.netStreamId) : undefined;
    if (held) this.#hold(held, event);
    else if (isRequest(event)) this.#ask(event);
    else if (isShift(event)) this.#shift(event);
    else this.#streams.handle(event);
  }

  /** Called a few times a second. */
  sweep(nowMs: number): void {
    for (const { verdict } of this.#held.values()) verdict.sweep(nowMs);
  }

  /** The connection is ending. */
  close(): void {
    for (const held of [...this.#held.values()]) this.#withdraw(held);
  }

  #ask(request: StreamRequest): void {
    const key = this.#streams.keyOf(nameIn(request));
    if (typeof key === "string") return this.#refuse(request, key);
    if (this.#openQuestions >= MAX_HELD_REQUESTS) return this.#refuse(request, "REQUESTS_EXCEEDED");
    const reservations = new Reservations();
    const decision = this.#decide(request, key, reservations);
    if (!(decision instanceof Promise)) return this.#answer(request, key, decision, reservations);
    this.#openQuestions += 1;
    const pending = {
      status: statusFor(request),
      deadlineMs: this.#context.now() + this.#context.options.timeouts.policyMs,
      onVerdict: (decided: StreamDecision) =>
        this.#peer.guard(() => this.#end(request, key, decided, reservations)),
      onAnswered: () => {
        this.#openQuestions -= 1;
      },
      onUnwanted: closeRecording,
    };
    const verdict = new PendingVerdict<StreamDecision>(decision, pending, this.#context.faults);
    this.#holdFor({ request, reservations, verdict, events: [] });
  }

  /** What was recorded of a live stream is looked for before its player is answered. */
  #shift(event: ShiftEvent): void {
    const found = this.#streams.findPast(event);
    if (!(found instanceof Promise)) return this.#streams.shift(event, found);
    this.#openQuestions += 1;
    const pending = {
      status: "NetStream.Play.Failed",
      deadlineMs: this.#context.now() + this.#context.options.timeouts.policyMs,
      onVerdict: (decided: PastDecision | Denial) => this.#peer.guard(() => this.#endShift(event, decided)),
      onAnswered: () => {
        this.#openQuestions -= 1;
      },
      onUnwanted: closePast,
    } as const;
    const verdict = new PendingVerdict<PastDecision>(pastIn(found), pending, this.#context.faults);
    this.#holdFor({ request: event, reservations: new Reservations(), verdict, events: [] });
  }

  #endShift(event: ShiftEvent, decided: PastDecision | Denial): void {
    const events = this.#forget(event.netStreamId);
    this.#streams.shift(event, decided.kind === "past" ? decided.found : undefined);
    for (const one of events) this.handle(one);
  }

  #holdFor(held: HeldRequest): void {
    this.#held.set(held.request.netStreamId, held);
    this.#heldRequests += 1;
  }

  #decide(
    request: StreamRequest,
    key: StreamKey,
    reservations: Reservations,
  ): StreamDecision | Promise<StreamDecision> {
    const { applications } = this.#context.streams.bus;
    const peer = this.#peer;
    if (request.kind === "publishRequested") {
      const { type, stream } = request;
      const attempt = streamAttempt(this.#context, peer, key, stream, reservations);
      return decide(peer.policies, "publish", { ...attempt, type }, (before, allowed) =>
        grantStream(before, allowed, applications),
      );
    }
    const { stream, start } = request.request;
    const attempt = streamAttempt(this.#context, peer, key, stream, reservations);
    const decision = decide(peer.policies, "play", { ...attempt, start }, (before, allowed) =>
      grantStream(before, allowed, applications),
    );
    return decision instanceof Promise
      ? this.#locateSoon(decision, request)
      : this.#locate(decision, request);
  }

  async #locateSoon(
    decision: Promise<Decision<PlayAttempt>>,
    request: Extract<StreamRequest, { request: unknown }>,
  ): Promise<StreamDecision> {
    return this.#locate(await decision, request);
  }

  /** Another process of this server plays what is live here. */
  #locate(
    decision: Decision<PlayAttempt>,
    { request }: Extract<StreamRequest, { request: unknown }>,
  ): StreamDecision | Promise<StreamDecision> {
    if (decision.kind === "deny" || this.#peer.session.isInternal) return decision;
    const { key } = decision.attempt;
    const found = this.#context.playSources.locate(key, request, this.#questions.wantsPast(key));
    return found instanceof Promise ? withLocatedSoon(decision, found) : withLocated(decision, found);
  }

  #answer(
    request: StreamRequest,
    key: StreamKey,
    decision: StreamDecision,
    reservations: Reservations,
  ): void {
    if (decision.kind === "deny") {
      reservations.end();
      this.#streams.refuse(request, decision, key.path);
    } else if (request.kind === "publishRequested") this.#streams.publish(request, decision.attempt);
    else if (request.kind === "playRequested")
      this.#streams.play(request, decision.attempt, decision.recorded);
    else this.#streams.switchTo(request, decision.attempt, decision.recorded);
  }

  #end(request: StreamRequest, key: StreamKey, decision: StreamDecision, reservations: Reservations): void {
    const events = this.#forget(request.netStreamId);
    this.#answer(request, key, decision, reservations);
    for (const event of events) this.handle(event);
  }

  #hold(held: HeldRequest, event: NetStreamEvent): void {
    const { request, events } = held;
    if (event.kind === "stopped") {
      this.#withdraw(held);
      // What was to be switched, or looked for in its past, is still played.
      if (request.kind !== "publishRequested" && request.kind !== "playRequested")
        this.#streams.handle(event);
      return;
    }
    events.push("message" in event ? { ...event, message: copyOf(event.message) } : event);
    this.#heldBytes += bytesOf(event);
    if (!isMedia(event)) this.#heldRequests += 1;
    if (this.#heldBytes <= MAX_HELD_BYTES && this.#heldRequests <= MAX_HELD_REQUESTS) return;
    this.#withdraw(held);
    if (isShift(request)) this.#streams.shift(request, undefined);
    else this.#refuse(request, "REQUESTS_EXCEEDED");
  }

  #refuse(request: StreamRequest, reason: RefusalCode): void {
    const path = this.#streams.pathOf(nameIn(request));
    this.#streams.refuse(request, deny(statusFor(request), reason), path);
  }

  #withdraw({ request, reservations }: HeldRequest): void {
    this.#forget(request.netStreamId);
    reservations.end();
  }

  /** Returns the events that were held. */
  #forget(netStreamId: number): readonly NetStreamEvent[] {
    const held = this.#held.get(netStreamId);
    if (!held) return [];
    held.verdict.withdraw();
    this.#held.delete(netStreamId);
    this.#heldRequests -= 1;
    for (const event of held.events) {
      this.#heldBytes -= bytesOf(event);
      if (!isMedia(event)) this.#heldRequests -= 1;
    }
    return held.events;
  }
}

function isRequest(event: NetStreamEvent): event is StreamRequest {
  return (
    event.kind === "publishRequested" || event.kind === "playRequested" || event.kind === "switchRequested"
  );
}

function withLocated(decision: Decision<StreamAttempt> & { kind: "allow" }, found: Located): StreamDecision {
  if (found === "live") return decision;
  return "messages" in found ? { ...decision, recorded: found } : found;
}

async function withLocatedSoon(
  decision: Decision<StreamAttempt> & { kind: "allow" },
  found: Promise<Located>,
): Promise<StreamDecision> {
  return withLocated(decision, await found);
}

async function pastIn(found: Promise<FoundPast>): Promise<PastDecision> {
  return { kind: "past", found: await found };
}

function closePast(decision: PastDecision | Denial): void {
  if (decision.kind === "past" && typeof decision.found === "object") decision.found.messages.close();
}

/** The player is no longer there. */
function closeRecording(decision: StreamDecision): void {
  decision.recorded?.messages.close();
}

function nameIn(request: StreamRequest): string {
  return request.kind === "publishRequested" ? request.stream.name : request.request.stream.name;
}

function statusFor({ kind }: StreamRequest): Denial["status"] {
  return kind === "publishRequested" ? "NetStream.Publish.BadName" : "NetStream.Play.Failed";
}

function isMedia({ kind }: NetStreamEvent): boolean {
  return kind === "media" || kind === "data";
}

function bytesOf(event: NetStreamEvent): number {
  return EVENT_BYTES + ("message" in event ? event.message.payload.length : 0);
}
