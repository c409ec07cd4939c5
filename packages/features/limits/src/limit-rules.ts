import { Applications, levelsOf, matchesPattern, type StreamKey } from "@headgate/bus";
import type { GrantedLimits, Session, StreamUse } from "@headgate/gateway";
import { addressKey } from "@headgate/transport";
import type { LimitRule, Limits } from "./config.ts";
import type { Cap, Group } from "./ledger.ts";
import { type RunningLimits, runningLimits } from "./running-limits.ts";

/** The configuration of limits as it is read. */
export interface LimitsConfig {
  readonly rules: readonly LimitRule[];
  readonly applications: ReadonlyMap<string, Limits>;
  /** Whether a policy of the application may set limits itself. */
  readonly mayGrant: (application: string) => boolean;
}

/** What is counted. */
type Counted = "connections" | "publishers" | "viewers";

/** A group, and what it counts. */
export interface CountedGroup extends Group {
  readonly counted: Counted;
}

export interface Requester {
  readonly session: Pick<Session, "id" | "remoteAddress">;
  readonly identity: string | undefined;
}

interface ApplicationState {
  /** As it is configured. */
  readonly name: string;
  readonly limits: Limits;
  readonly mayGrant: boolean;
}

/** Limits of one scope, which counts what it is about. */
interface Scope {
  readonly id: string;
  readonly limits: Limits;
}

/** Which limits apply to whom. */
export class LimitRules {
  readonly #applications: Applications<ApplicationState>;
  readonly #rules: readonly LimitRule[];

  constructor({ rules, applications, mayGrant }: LimitsConfig) {
    const states = [...applications].map(([name, limits]): [string, ApplicationState] => [
      name,
      { name, limits, mayGrant: mayGrant(name) },
    ]);
    this.#applications = new Applications(new Map(states));
    this.#rules = rules;
  }

  /** For a connection that names this application. */
  ofConnect(virtualHost: string, application: string, requester: Requester): readonly CountedGroup[] {
    const found = this.#applications.find(virtualHost, levelsOf(application), 0)?.options;
    return this.#scopes(found, undefined, requester).flatMap((scope) => connectionGroup(scope, requester));
  }

  /** For a stream that is published or played. `id` is unlike for unlike requests. */
  ofStream(
    kind: StreamUse["kind"],
    key: StreamKey,
    requester: Requester,
    { id, granted }: { readonly id: string; readonly granted: GrantedLimits | undefined },
  ): readonly CountedGroup[] {
    const application = this.#applications.optionsOf(key);
    const scopes = this.#scopes(application, key, requester);
    const connections = scopes.flatMap((scope) => connectionGroup(scope, requester));
    if (kind === "publish") return [...connections, ...scopes.flatMap((scope) => publisherGroup(scope, key))];
    const viewers = scopes.flatMap((scope) => viewerGroup(scope, id));
    if (!application?.mayGrant) return [...connections, ...viewers];
    const ofStream = { key: grantedKey(key), member: id, most: granted?.maxViewers };
    return [...connections, ...viewers, { counted: "viewers", ...ofStream }];
  }

  /** What a publisher sets for the viewers of its stream. */
  capsOf(key: StreamKey, granted: GrantedLimits | undefined): readonly Cap[] {
    return granted?.maxViewers === undefined ? [] : [{ key: grantedKey(key), most: granted.maxViewers }];
  }

  /** What holds while a stream is published or played; undefined: nothing. */
  running(
    kind: StreamUse["kind"],
    key: StreamKey,
    requester: Requester,
    granted?: GrantedLimits,
  ): RunningLimits | undefined {
    const scopes = this.#scopes(this.#applications.optionsOf(key), key, requester);
    return runningLimits(
      kind,
      scopes.map(({ limits }) => limits),
      granted,
    );
  }

  #scopes(
    application: ApplicationState | undefined,
    key: StreamKey | undefined,
    requester: Requester,
  ): readonly Scope[] {
    const own = application && { id: `application ${application.name}`, limits: application.limits };
    return [...(own ? [own] : []), ...this.#rules.flatMap((rule) => scopeOf(rule, key, requester) ?? [])];
  }
}

/** Rules that say the same of whom they are about count together. */
function scopeOf(
  rule: LimitRule,
  key: StreamKey | undefined,
  { session, identity }: Requester,
): Scope | undefined {
  const { streams, identities, each } = rule;
  if (streams !== undefined && (!key || !matchesPattern(streams, key.path))) return undefined;
  if (identities !== undefined && (identity === undefined || !matchesPattern(identities, identity)))
    return undefined;
  const values = {
    all: "",
    stream: key?.path,
    identity,
    address: addressKey(session.remoteAddress),
  };
  const value = values[each];
  return value === undefined
    ? undefined
    : { id: JSON.stringify([streams, identities, each, value]), limits: rule };
}

function connectionGroup({ id, limits }: Scope, { session }: Requester): readonly CountedGroup[] {
  if (limits.maxConnections === undefined) return [];
  return [
    { counted: "connections", key: `connections ${id}`, member: session.id, most: limits.maxConnections },
  ];
}

/** A stream counts once: the bus decides between its publishers. */
function publisherGroup({ id, limits }: Scope, { path }: StreamKey): readonly CountedGroup[] {
  const { maxPublishers: most, maxTotalBitrate: mostBitrate } = limits.publish;
  if (most === undefined && mostBitrate === undefined) return [];
  return [{ counted: "publishers", key: `publishers ${id}`, member: path, most, mostBitrate }];
}

function viewerGroup({ id, limits }: Scope, member: string): readonly CountedGroup[] {
  const { maxViewers: most, maxTotalBitrate: mostBitrate } = limits.play;
  if (most === undefined && mostBitrate === undefined) return [];
  return [{ counted: "viewers", key: `viewers ${id}`, member, most, mostBitrate }];
}

function grantedKey({ path }: StreamKey): string {
  return `viewers granted ${path}`;
}
