import {
  ALLOW,
  type Denial,
  deny,
  type PlayAttempt,
  type Policy,
  type PublishAttempt,
  type Verdict,
} from "@headgate/gateway";
import type { AccessState } from "./access-state.ts";
import type { CredentialCheck, CredentialOutcome, CredentialRequest, Failure } from "./credential.ts";
import type { FailedTries } from "./failed-tries.ts";
import { Parameters } from "./parameters.ts";
import type { CredentialKind } from "./rules.ts";

/** FFmpeg cuts names at 1,017 bytes and applications at 1,022, without a word. */
const MAYBE_CUT_BYTES = 1000;

/** Asks for credentials where some are configured: one of any kind will do. */
export function credentialPolicy(state: () => AccessState, tries: FailedTries, now: () => number): Policy {
  const decide = (
    action: "publish" | "play",
    attempt: PublishAttempt | PlayAttempt,
  ): Verdict | Promise<Verdict> => {
    const application = state().applications.optionsOf(attempt.key);
    const checks = application?.[action] ?? [];
    if (!application || checks.length === 0) return ALLOW;
    const { remoteAddress } = attempt.peer;
    const nowMs = now();
    if (tries.isExceeded(remoteAddress, nowMs)) return denialOf(action, "TRIES_EXCEEDED");
    const request = requestOf(action, attempt, nowMs);
    const judged = (outcome: CredentialOutcome): Verdict => {
      if (outcome === "absent") return missing(action, application.rules[action].asksFor);
      if (outcome.kind === "allow") return outcome;
      if (GUESSES.has(outcome.reason)) tries.note(remoteAddress, nowMs);
      return denialOf(
        action,
        isCut(attempt) && GUESSES.has(outcome.reason) ? "CREDENTIALS_CUT_OFF" : outcome.reason,
      );
    };
    const outcome = firstRight(checks, request);
    return outcome instanceof Promise ? outcome.then(judged) : judged(outcome);
  };
  return {
    name: "credentials",
    publish: (attempt) => decide("publish", attempt),
    play: (attempt) => decide("play", attempt),
  };
}

const GUESSES: ReadonlySet<string> = new Set<Failure["reason"]>(["CREDENTIALS_INVALID"]);

function requestOf(
  action: "publish" | "play",
  { key, peer, stream }: PublishAttempt | PlayAttempt,
  nowMs: number,
): CredentialRequest {
  return {
    action,
    key,
    peer,
    parameters: new Parameters(stream.query, peer.session.connect?.query ?? ""),
    nowMs,
  };
}

/** The first that allows, or else the first that failed. */
function firstRight(
  checks: readonly CredentialCheck[],
  request: CredentialRequest,
  before: CredentialOutcome = "absent",
): CredentialOutcome | Promise<CredentialOutcome> {
  let failure = before;
  for (const [index, check] of checks.entries()) {
    const outcome = check(request);
    if (outcome instanceof Promise) {
      const rest = checks.slice(index + 1);
      const soFar = failure;
      return outcome.then((one) =>
        isAllowed(one) ? one : firstRight(rest, request, soFar === "absent" ? one : soFar),
      );
    }
    if (isAllowed(outcome)) return outcome;
    if (failure === "absent") failure = outcome;
  }
  return failure;
}

function isAllowed(outcome: CredentialOutcome): boolean {
  return outcome !== "absent" && outcome.kind === "allow";
}

function isCut({ stream, peer }: PublishAttempt | PlayAttempt): boolean {
  const { application = "", query = "" } = peer.session.connect ?? {};
  return [stream.written, `${application}?${query}`].some(
    (text) => Buffer.byteLength(text) >= MAYBE_CUT_BYTES,
  );
}

const STATUS = { publish: "NetStream.Publish.Denied", play: "NetStream.Play.Failed" } as const;

function denialOf(action: "publish" | "play", reason: Denial["reason"], description?: string): Denial {
  return deny(STATUS[action], reason, description);
}

const WAYS: Readonly<Record<CredentialKind, string>> = {
  key: "?key=KEY behind the stream's name",
  user: "a user and a password (?user=NAME&pass=PASSWORD)",
  signedUrl: "a signed URL",
  token: "?token=TOKEN behind the stream's name",
};

function missing(action: "publish" | "play", asksFor: readonly CredentialKind[]): Denial {
  const what = action === "publish" ? "Publishing" : "Playing";
  const ways = asksFor.map((kind) => WAYS[kind]).join(", or ");
  return denialOf(action, "CREDENTIALS_MISSING", `${what} this stream needs ${ways}.`);
}
