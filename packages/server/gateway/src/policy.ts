import type { ApplicationOptions, KeyRefusal, StreamKey } from "@headgate/bus";
import type { Message, SwfVerification } from "@headgate/message";
import type { ConnectRequest, PlayRequest, PublishType, StatusCode, StreamName } from "@headgate/session";
import type { TransportName } from "@headgate/transport";
import type { Grants } from "./granted.ts";
import type { OpenProxy } from "./proxied-session.ts";
import { REFUSALS, type RefusalCode } from "./refusals.ts";
import type { Reservations } from "./reservations.ts";
import type { Session } from "./session.ts";

/** The peer that makes the request. */
export interface RequestingPeer {
  readonly session: Session;
  readonly transport: TransportName;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Asks the player which SWF it is made of. */
  askForSwf(): Promise<SwfAnswer>;
}

/** `impossible`: the handshake had no digest, without which an SWF cannot be verified. `key` is the handshake's. */
export type SwfAnswer =
  | { readonly kind: "impossible" }
  | { readonly kind: "silent" }
  | { readonly kind: "told"; readonly swf: SwfVerification; readonly key: Uint8Array };

interface AnyAttempt {
  readonly peer: RequestingPeer;
  /** By the policies that were asked before, and for streams by those that have allowed `connect`. */
  readonly grants: Grants;
  /** What policies set aside for this request. */
  readonly reservations: Reservations;
}

export interface ConnectAttempt extends AnyAttempt {
  readonly request: ConnectRequest;
  /** `connect` as it was received. */
  readonly message: Message;
  /** The application that the peer has asked for, if a policy has named another one. */
  readonly renamedFrom?: string;
}

export interface StreamAttempt extends AnyAttempt {
  readonly key: StreamKey;
  /** The options of the stream's application. */
  readonly options: ApplicationOptions;
  /** As the peer wrote it, with its query; credentials live there. */
  readonly stream: StreamName;
  /** The path that the peer has asked for, if a policy has named another one. */
  readonly renamedFrom?: string;
  /** The stream of this name in the same application. */
  keyOf(name: string): StreamKey | KeyRefusal;
}

export interface PublishAttempt extends StreamAttempt {
  readonly type: PublishType;
}

export interface PlayAttempt extends StreamAttempt {
  readonly start: PlayRequest["start"];
}

export type Verdict = Allowed | Denial;

/** Another server may take over a session at its `connect`. */
export type ConnectVerdict = Verdict | TakeOver;

export interface Allowed extends Grants {
  readonly kind: "allow";
  /** The stream that is published or played instead, made by `keyOf` of the attempt. */
  readonly key?: StreamKey;
  /** For `connect`: the application in place of the one that the peer has named. */
  readonly application?: string;
}

interface TakeOver {
  readonly kind: "takeOver";
  readonly open: OpenProxy;
}

export interface Denial {
  readonly kind: "deny";
  /** For the client. */
  readonly status: StatusCode;
  readonly description: string;
  /** For the log. */
  readonly reason: RefusalCode;
}

export const ALLOW: Allowed = { kind: "allow" };

export function deny(
  status: StatusCode,
  reason: RefusalCode,
  description: string = REFUSALS[reason].told,
): Denial {
  return { kind: "deny", status, reason, description };
}

/** Decides on requests. A method that is missing allows. A rejected promise denies the request. */
export interface Policy {
  readonly name: string;
  connect?(attempt: ConnectAttempt): ConnectVerdict | Promise<ConnectVerdict>;
  publish?(attempt: PublishAttempt): Verdict | Promise<Verdict>;
  play?(attempt: PlayAttempt): Verdict | Promise<Verdict>;
}

interface Attempts {
  readonly connect: ConnectAttempt;
  readonly publish: PublishAttempt;
  readonly play: PlayAttempt;
}

/** What the policies have decided together, on an attempt that has all that they have granted. */
export type Decision<Attempt> = { readonly kind: "allow"; readonly attempt: Attempt } | Denial;

/** `connect` may be taken over. */
export type ConnectDecision = Decision<ConnectAttempt> | (TakeOver & { readonly attempt: ConnectAttempt });

type DecisionOn<Question extends keyof Attempts> = Question extends "connect"
  ? ConnectDecision
  : Decision<Attempts[Question]>;

/**
 * Asks one policy after the other. The first that does not allow decides. `grant` makes the attempt of which the policies after
 * one that grants something are asked. Returns a promise only if a policy does.
 */
export function decide<Question extends keyof Attempts>(
  policies: readonly Policy[],
  question: Question,
  attempt: Attempts[Question],
  grant: (attempt: Attempts[Question], allowed: Allowed) => Attempts[Question],
): DecisionOn<Question> | Promise<DecisionOn<Question>> {
  type Ask = (attempt: Attempts[Question]) => ConnectVerdict | Promise<ConnectVerdict>;
  let granted = attempt;
  for (const [index, policy] of policies.entries()) {
    const ask = policy[question] as Ask | undefined;
    const verdict = ask?.call(policy, granted) ?? ALLOW;
    if (verdict instanceof Promise) {
      const rest = policies.slice(index + 1);
      const before = granted;
      return verdict.then((one) =>
        one.kind === "allow"
          ? decide(rest, question, grant(before, one), grant)
          : ({ ...one, attempt: before } as DecisionOn<Question>),
      );
    }
    if (verdict.kind !== "allow") return { ...verdict, attempt: granted } as DecisionOn<Question>;
    granted = grant(granted, verdict);
  }
  return { kind: "allow", attempt: granted } as DecisionOn<Question>;
}
