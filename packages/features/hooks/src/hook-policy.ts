import type { StreamKey } from "@headgate/bus";
import {
  ALLOW,
  type Allowed,
  type ConnectAttempt,
  combineGrants,
  deny,
  type PlayAttempt,
  type Policy,
  type PublishAttempt,
  type Verdict,
} from "@headgate/gateway";
import type { Logger } from "pino";
import type { Hook } from "./hook.ts";
import type { StreamFacts } from "./hook-call.ts";
import type { Asked, HookSessions } from "./hook-sessions.ts";
import type { HookSet } from "./hook-set.ts";
import { REFUSED_WITH } from "./refused-with.ts";

interface HookPolicyParts {
  /** The hooks in force. */
  readonly hooks: () => HookSet;
  readonly sessions: HookSessions;
  readonly log: Logger;
}

type KeyOf = PublishAttempt["keyOf"];

/** Asks the hooks one after the other: all must allow a request. Each hears what those before it have granted. */
export class HookPolicy implements Policy {
  readonly name = "hooks";
  readonly #parts: HookPolicyParts;

  constructor(parts: HookPolicyParts) {
    this.#parts = parts;
  }

  connect({ peer: { session }, request, grants }: ConnectAttempt): Verdict | Promise<Verdict> {
    const { application } = request;
    const { identity } = grants;
    const asked = { question: "connect", session, identity, application, connect: request } as const;
    return this.#ask(this.#parts.hooks().ofSessions, asked);
  }

  publish(attempt: PublishAttempt): Verdict | Promise<Verdict> {
    const { key, stream, type } = attempt;
    const facts = { kind: "publish", key, query: stream.query, type, start: "any", elapsedMs: 0 } as const;
    return this.#askOfStream(attempt, facts);
  }

  play(attempt: PlayAttempt): Verdict | Promise<Verdict> {
    const { key, stream, start } = attempt;
    const facts = { kind: "play", key, query: stream.query, type: "live", start, elapsedMs: 0 } as const;
    return this.#askOfStream(attempt, facts);
  }

  #askOfStream(
    { peer: { session }, grants: { identity }, keyOf }: PublishAttempt | PlayAttempt,
    stream: StreamFacts,
  ): Verdict | Promise<Verdict> {
    const { application } = stream.key;
    const asked = { question: stream.kind, session, identity, application, stream };
    return this.#ask(this.#parts.hooks().of(stream.key), asked, keyOf);
  }

  #ask(hooks: readonly Hook[], asked: Asked, keyOf?: KeyOf): Verdict | Promise<Verdict> {
    const asking = hooks.filter(({ events }) => events.has(asked.question));
    const [first] = asking;
    if (!first) return ALLOW;
    return this.#askInOrder(asking, asked, first.options.timeoutMs, keyOf);
  }

  async #askInOrder(
    hooks: readonly Hook[],
    asked: Asked,
    withinMs: number,
    keyOf: KeyOf | undefined,
  ): Promise<Verdict> {
    const { sessions } = this.#parts;
    // Meanwhile the configuration may change.
    const uses = hooks.map(({ server }) => server.use());
    try {
      const verdict = await sessions.asking(asked, withinMs, () => this.#askAll(hooks, asked, keyOf));
      // Nobody hears this.
      return verdict ?? deny(REFUSED_WITH[asked.question], "HOOK_FAILED");
    } finally {
      for (const end of uses) end();
    }
  }

  async #askAll(hooks: readonly Hook[], first: Asked, keyOf?: KeyOf): Promise<Verdict> {
    let asked = first;
    let allowed: Allowed = ALLOW;
    for (const hook of hooks) {
      const decision = await this.#parts.sessions.ask(hook, asked);
      if (decision.kind === "deny") return deny(REFUSED_WITH[asked.question], decision.reason);
      const { name, application, ...grants } = decision.grant;
      const key = name === undefined ? undefined : keyOf?.(name);
      if (typeof key === "string") return this.#misnamed(hook, asked);
      if (key) await this.#parts.sessions.renamed(asked, key, hook.options.timeoutMs);
      asked = renamed({ ...asked, identity: grants.identity ?? asked.identity }, key, application);
      allowed = {
        ...allowed,
        ...combineGrants(allowed, grants),
        ...(key && { key }),
        ...(application !== undefined && { application }),
      };
    }
    return allowed;
  }

  #misnamed({ name }: Hook, { question, session }: Asked): Verdict {
    this.#parts.log.warn({ hook: name, session: session.id }, "hook names a stream that cannot be");
    return deny(REFUSED_WITH[question], "HOOK_FAILED");
  }
}

/** What the hooks that follow are asked about. */
function renamed(asked: Asked, key: StreamKey | undefined, application = asked.application): Asked {
  if (!key || !asked.stream) return { ...asked, application };
  return { ...asked, application: key.application, stream: { ...asked.stream, key } };
}
