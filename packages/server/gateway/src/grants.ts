import type { ApplicationOptions, Applications } from "@headgate/bus";
import type { GrantedLimits, Grants } from "./granted.ts";
import { ALLOW, type Allowed, type ConnectAttempt, type PlayAttempt, type PublishAttempt } from "./policy.ts";

/** Names and numbers of people are shorter. Characters. */
const MAX_IDENTITY_LENGTH = 128;

/** The attempt to connect with what a policy has granted. */
export function grantConnect(attempt: ConnectAttempt, allowed: Allowed): ConnectAttempt {
  if (allowed === ALLOW) return attempt;
  const grants = combineGrants(attempt.grants, allowed);
  const { application } = allowed;
  if (application === undefined || application === attempt.request.application) return { ...attempt, grants };
  const renamedFrom = attempt.renamedFrom ?? attempt.request.application;
  return { ...attempt, grants, renamedFrom, request: { ...attempt.request, application } };
}

/** The attempt to publish or to play with what a policy has granted. Another stream has the options of its own application. */
export function grantStream<Attempt extends PublishAttempt | PlayAttempt>(
  attempt: Attempt,
  allowed: Allowed,
  applications: Applications<ApplicationOptions>,
): Attempt {
  if (allowed === ALLOW) return attempt;
  const grants = combineGrants(attempt.grants, allowed);
  const { key } = allowed;
  if (key === undefined || key.path === attempt.key.path) return { ...attempt, grants };
  const renamedFrom = attempt.renamedFrom ?? attempt.key.path;
  return { ...attempt, grants, renamedFrom, key, options: applications.optionsOf(key)! };
}

/** Who is asked last says who the peer is; of limits the strictest holds; all servers get the publication. */
export function combineGrants(earlier: Grants, later: Grants): Grants {
  return {
    identity: later.identity === undefined ? earlier.identity : printable(later.identity),
    limits: strictest(earlier.limits, later.limits),
    mayRecord: later.mayRecord ?? earlier.mayRecord,
    pullFrom: later.pullFrom ?? earlier.pullFrom,
    pushTo: later.pushTo ? [...new Set([...(earlier.pushTo ?? []), ...later.pushTo])] : earlier.pushTo,
  };
}

function strictest(one: GrantedLimits = {}, other: GrantedLimits = {}): GrantedLimits | undefined {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]) as Set<keyof GrantedLimits>;
  if (names.size === 0) return undefined;
  const least = (name: keyof GrantedLimits) =>
    Math.min(one[name] ?? Number.POSITIVE_INFINITY, other[name] ?? Number.POSITIVE_INFINITY);
  return Object.fromEntries([...names].map((name) => [name, least(name)]));
}

function printable(identity: string): string {
  return identity.slice(0, MAX_IDENTITY_LENGTH).replace(/\p{C}/gu, "?");
}
