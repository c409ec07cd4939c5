import {
  ALLOW,
  type ConnectAttempt,
  deny,
  type PlayAttempt,
  type Policy,
  type PublishAttempt,
  type Reservations,
  type Session,
  type StreamUse,
  type Verdict,
} from "@headgate/gateway";
import type { Full } from "./ledger.ts";
import type { CountedGroup, LimitRules } from "./limit-rules.ts";
import type { Slots } from "./slots.ts";

type StreamAttempt = PublishAttempt | PlayAttempt;

/** Unlike for unlike requests of a server. */
interface SlotClaim {
  readonly id: string;
  readonly groups: readonly CountedGroup[];
}

/**
 * Refuses what would exceed a limit. It is asked twice. First, before credentials and hooks, whether there is room for the stream
 * that is asked for: they need not be troubled with what is refused anyway. Last, when all others have allowed the request, its
 * slot is taken: so nobody takes one with wrong credentials, and the identity, the name and the limits that policies grant count.
 */
export class LimitPolicies {
  readonly early: Policy;
  readonly last: Policy;
  readonly #rules: () => LimitRules;
  readonly #slots: Slots;
  readonly #slotIds = new WeakMap<Reservations, string>();
  #requests = 0;

  constructor(rules: () => LimitRules, slots: Slots) {
    this.#rules = rules;
    this.#slots = slots;
    this.early = {
      name: "limits",
      connect: (attempt) => this.#ask("connect", this.#connectClaim(attempt)),
      publish: (attempt) => this.#ask("publish", this.#streamClaim("publish", attempt)),
      play: (attempt) => this.#ask("play", this.#streamClaim("play", attempt)),
    };
    this.last = {
      name: "slots",
      connect: (attempt) => this.#take("connect", attempt, this.#connectClaim(attempt)),
      publish: (attempt) => this.#take("publish", attempt, this.#streamClaim("publish", attempt)),
      play: (attempt) => this.#take("play", attempt, this.#streamClaim("play", attempt)),
    };
  }

  /** The slot of what a session publishes or plays. */
  slotOf({ reservations }: StreamUse): string | undefined {
    return this.#slotIds.get(reservations);
  }

  #connectClaim({ peer: { session }, request, grants: { identity } }: ConnectAttempt): SlotClaim {
    const { virtualHost, application } = request;
    const groups = this.#rules().ofConnect(virtualHost, application, { session, identity });
    return { id: this.#newId(session), groups };
  }

  #streamClaim(kind: StreamUse["kind"], { peer: { session }, key, grants }: StreamAttempt): SlotClaim {
    const id = this.#newId(session);
    const { identity, limits: granted } = grants;
    const requester = { session, identity };
    return { id, groups: this.#rules().ofStream(kind, key, requester, { id, granted }) };
  }

  #newId({ id }: Session): string {
    this.#requests += 1;
    return `${id} ${this.#requests}`;
  }

  #ask(question: Question, { id, groups }: SlotClaim): Verdict | Promise<Verdict> {
    if (groups.length === 0) return ALLOW;
    return this.#verdict(question, groups, this.#slots.full({ id, groups, caps: [] }));
  }

  #take(
    question: Question,
    attempt: ConnectAttempt | StreamAttempt,
    { id, groups }: SlotClaim,
  ): Verdict | Promise<Verdict> {
    const caps =
      question === "publish" && "key" in attempt
        ? this.#rules().capsOf(attempt.key, attempt.grants.limits)
        : [];
    if (groups.length === 0 && caps.length === 0) return ALLOW;
    this.#slotIds.set(attempt.reservations, id);
    const taken = this.#slots.take({ id, groups, caps });
    attempt.reservations.add(() => this.#slots.giveBack(id));
    return this.#verdict(question, groups, taken);
  }

  #verdict(
    question: Question,
    groups: readonly CountedGroup[],
    full: Full | Promise<Full>,
  ): Verdict | Promise<Verdict> {
    if (full instanceof Promise) return verdictSoon(question, groups, full);
    return verdictOf(question, groups, full);
  }
}

type Question = "connect" | "publish" | "play";

const STATUS = {
  connect: "NetConnection.Connect.Rejected",
  publish: "NetStream.Publish.BadName",
  play: "NetStream.Play.Failed",
} as const;

const REASON = {
  connections: "CONNECTIONS_EXCEEDED",
  publishers: "PUBLISHERS_EXCEEDED",
  viewers: "VIEWERS_EXCEEDED",
} as const;

async function verdictSoon(
  question: Question,
  groups: readonly CountedGroup[],
  full: Promise<Full>,
): Promise<Verdict> {
  return verdictOf(question, groups, await full);
}

function verdictOf(question: Question, groups: readonly CountedGroup[], full: Full): Verdict {
  if (!full) return ALLOW;
  const reason = full.of === "bitrate" ? "BITRATE_EXCEEDED" : REASON[groups[full.at]!.counted];
  return deny(STATUS[question], reason);
}
