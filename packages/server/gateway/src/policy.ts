import type { ApplicationOptions, StreamKey } from "@headgate/bus";
import type { Message, SwfVerification } from "@headgate/message";
import type { ConnectRequest, PlayRequest, PublishType, StatusCode } from "@headgate/session";
import type { TransportName } from "@headgate/transport";
import type { OpenProxy } from "./proxied-session.ts";
import { REFUSALS, type RefusalCode } from "./refusals.ts";

/** The peer that makes the request. */
export interface RequestingPeer {
  readonly transport: TransportName;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Whether it is another process of this server, which has applied the policies to its own peers. */
  readonly isInternal: boolean;
  /** Asks the player which SWF it is made of. */
  askForSwf(): Promise<SwfAnswer>;
}

/** `impossible`: the handshake had no digest, without which an SWF cannot be verified. `key` is the handshake's. */
export type SwfAnswer =
  | { readonly kind: "impossible" }
  | { readonly kind: "silent" }
  | { readonly kind: "told"; readonly swf: SwfVerification; readonly key: Uint8Array };

export interface ConnectAttempt {
  readonly peer: RequestingPeer;
  readonly request: ConnectRequest;
  /** `connect` as it was received. */
  readonly message: Message;
}

interface StreamAttempt {
  readonly peer: RequestingPeer;
  readonly key: StreamKey;
  /** The options of the stream's application. */
  readonly options: ApplicationOptions;
  /** The query of the stream's URL; credentials live here. */
  readonly query: string;
}

export interface PublishAttempt extends StreamAttempt {
  readonly type: PublishType;
}

export interface PlayAttempt extends StreamAttempt {
  readonly start: PlayRequest["start"];
}

export type Verdict =
  | { readonly kind: "allow" }
  /** Another server takes the session over. Only for `connect`. */
  | { readonly kind: "takeOver"; readonly open: OpenProxy }
  | Denial;

export interface Denial {
  readonly kind: "deny";
  /** For the client. */
  readonly status: StatusCode;
  readonly description: string;
  /** For the log. */
  readonly reason: RefusalCode;
}

export const ALLOW: Verdict = { kind: "allow" };

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
  connect?(attempt: ConnectAttempt): Verdict | Promise<Verdict>;
  publish?(attempt: PublishAttempt): Verdict | Promise<Verdict>;
  play?(attempt: PlayAttempt): Verdict | Promise<Verdict>;
}

interface Attempts {
  readonly connect: ConnectAttempt;
  readonly publish: PublishAttempt;
  readonly play: PlayAttempt;
}

/** Asks one policy after the other. The first that does not allow decides. Returns a promise only if a policy does. */
export function decide<Question extends keyof Attempts>(
  policies: readonly Policy[],
  question: Question,
  attempt: Attempts[Question],
): Verdict | Promise<Verdict> {
  for (const [index, policy] of policies.entries()) {
    const ask = policy[question] as ((attempt: Attempts[Question]) => Verdict | Promise<Verdict>) | undefined;
    const verdict = ask?.call(policy, attempt) ?? ALLOW;
    if (verdict instanceof Promise) {
      const rest = policies.slice(index + 1);
      return verdict.then((one) => (one.kind === "allow" ? decide(rest, question, attempt) : one));
    }
    if (verdict.kind !== "allow") return verdict;
  }
  return ALLOW;
}
