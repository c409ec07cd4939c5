import { levelsOf } from "@headgate/bus";
import {
  ALLOW,
  type ConnectAttempt,
  type Denial,
  deny,
  type Policy,
  type RefusalCode,
  type Verdict,
} from "@headgate/gateway";
import type { AccessState } from "../access-state.ts";
import type { FailedTries } from "../failed-tries.ts";
import { Parameters } from "../parameters.ts";
import type { Challenges } from "./challenge.ts";
import { SCHEMES, type SchemeName } from "./schemes.ts";

interface AuthmodParts {
  readonly state: () => AccessState;
  readonly challenges: Challenges;
  readonly tries: FailedTries;
  readonly authenticated: WeakMap<object, string>;
  readonly now: () => number;
}

/**
 * Asks encoders for a user and a password at `connect`, as Adobe's and Limelight's servers do. A dialogue takes three
 * connections: each of the first two is refused with what the client has to do next.
 */
export function authmodPolicy({ state, challenges, tries, authenticated, now }: AuthmodParts): Policy {
  const answer = (attempt: ConnectAttempt, name: SchemeName, fields: Parameters): Verdict => {
    const { peer, request } = attempt;
    const user = fields.get("user");
    if (user === undefined) return demand(name);
    if (tries.isExceeded(peer.remoteAddress, now()))
      return deny("NetConnection.Connect.Rejected", "TRIES_EXCEEDED");
    const scheme = SCHEMES[name];
    const challenge = scheme.challengeIn(fields);
    if (challenge === undefined || !challenges.isValid(challenge, user, now()))
      return question(name, user, scheme.question(user, challenges.for(user, now())));
    const secrets = state().users.secretsOf(user);
    if (!secrets || !scheme.isRight(fields, secrets, request.application)) {
      tries.note(peer.remoteAddress, now());
      return rejected(`[ authmod=${name} ] : ?reason=authfailed`, "CREDENTIALS_INVALID");
    }
    authenticated.set(peer, user);
    return { kind: "allow", identity: user };
  };
  return {
    name: "authmod",
    connect: (attempt) => {
      const { request } = attempt;
      if (state().users.names.length === 0) return ALLOW;
      const found = state().applications.find(request.virtualHost, levelsOf(request.application), 0);
      // The dialogue is one with the server behind.
      if (found?.options.decider === "origin") return ALLOW;
      const fields = new Parameters(request.query);
      const named = fields.get("authmod");
      if (named === "adobe" || named === "llnw") return answer(attempt, named, fields);
      const asked = found?.options.rules.publish.authmod ?? "off";
      const wanted = request.isEncoder ? asked : "off";
      return wanted === "off" || fields.get("user") !== undefined ? ALLOW : demand(wanted);
    },
  };
}

function demand(name: SchemeName): Denial {
  return rejected(`[ code=403 need auth; authmod=${name} ] : `, "AUTHENTICATION_NEEDED");
}

/** The user stands in it as it was sent. */
function question(name: SchemeName, user: string, text: string): Denial {
  return rejected(
    `[ authmod=${name} ] : ?reason=needauth&user=${encodeURIComponent(user)}${text}`,
    "AUTHENTICATION_NEEDED",
  );
}

/** Clients look for these words. */
function rejected(text: string, reason: RefusalCode): Denial {
  return deny("NetConnection.Connect.Rejected", reason, `[ AccessManager.Reject ] : ${text}`);
}
