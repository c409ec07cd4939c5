import type { StreamKey } from "@headgate/bus";
import { REFUSALS, type Session, type SessionObserver, type StreamUse } from "@headgate/gateway";
import { Conversation } from "./conversation.ts";
import type { Decision, Hook } from "./hook.ts";
import type { ClientFacts, HookCall, HookEvent, Question, StreamFacts } from "./hook-call.ts";
import type { HookSet } from "./hook-set.ts";
import type { HookTracer } from "./hook-tracer.ts";
import { REFUSED_WITH } from "./refused-with.ts";

/**
 * What one hook has allowed in one session and what has not begun: more of it comes only from a peer that asks again for what
 * others refuse.
 */
const MAX_ALLOWED = 16;

export interface HookSessionsContext {
  /** Identifies this server. */
  readonly serverId: string;
  /** The hooks in force. */
  readonly hooks: () => HookSet;
  /** Milliseconds of the gateway's clock. */
  readonly now: () => number;
  /** Undefined if nobody traces requests. */
  readonly tracer?: HookTracer | undefined;
}

/** What hooks are asked about. */
export interface Asked {
  readonly question: Question;
  readonly session: Session;
  /** Who the peer is, in the words of whoever was asked before. */
  readonly identity: string | undefined;
  /** Of the stream, or else of `connect`. */
  readonly application: string;
  /** Undefined for `connect`. */
  readonly stream?: StreamFacts;
  /** As the client wrote it: what is kept of it later is cut. */
  readonly connect?: ClientFacts;
}

/** An event of a session, without what makes it a call of one hook. */
interface Occasion {
  readonly event: HookEvent;
  readonly session: Session;
  readonly identity?: string | undefined;
  readonly stream?: StreamFacts | undefined;
  readonly application?: string;
  readonly connect?: ClientFacts | undefined;
  readonly reason?: string;
}

/** What the hooks are asked and told about each session. Every start that a hook has allowed has its stop. */
export class HookSessions implements SessionObserver {
  readonly #context: HookSessionsContext;
  readonly #conversations = new WeakMap<Session, Map<Hook, Conversation>>();

  constructor(context: HookSessionsContext) {
    this.#context = context;
  }

  async ask(
    hook: Hook,
    { question, session, identity, application, stream, connect }: Asked,
  ): Promise<Decision> {
    const conversation = this.#conversationOf(hook, session);
    const { timeoutMs } = hook.options;
    const path = question === "publish" ? stream?.key.path : undefined;
    await hook.reports.tellFirst(conversation, path, AbortSignal.timeout(timeoutMs));
    return conversation.asking(async () => {
      const call = this.#callOf(conversation, {
        event: question,
        session,
        identity,
        stream,
        application,
        connect,
      });
      const decision = await hook.ask(call, AbortSignal.timeout(timeoutMs));
      if (decision.kind === "allow" && stream) this.#allowed(hook, conversation, session, stream);
      return decision;
    });
  }

  /** A hook has given the stream another name, after these have allowed it under its own. */
  renamed(hooks: readonly Hook[], session: Session, stream: StreamFacts, key: StreamKey): void {
    for (const hook of hooks) this.#conversationOf(hook, session).rename(stream, key);
  }

  published(session: Session, use: StreamUse): void {
    this.#began(session, use);
  }

  played(session: Session, use: StreamUse): void {
    this.#began(session, use);
  }

  unpublished(session: Session, use: StreamUse): void {
    this.#ended(session, use);
  }

  stopped(session: Session, use: StreamUse): void {
    this.#ended(session, use);
  }

  closed(session: Session, reason: string): void {
    const asked = this.#conversations.get(session)?.keys() ?? [];
    for (const hook of new Set([...asked, ...this.#context.hooks().ofSessions])) {
      const conversation = this.#conversationOf(hook, session);
      conversation.whenQuiet(() => {
        while (this.#stopAllowed(hook, conversation, session));
        this.#report(hook, { event: "close", session, reason });
      });
    }
  }

  #began(session: Session, use: StreamUse): void {
    const { kind, key } = use;
    const hooks = this.#context.hooks().of(key);
    for (const hook of hooks) this.#conversations.get(session)?.get(hook)?.begin({ kind, key });
  }

  #ended(session: Session, use: StreamUse): void {
    const hooks = this.#context.hooks().of(use.key);
    if (hooks.length === 0) return;
    const stream = this.#factsOf(use);
    const { identity } = use.grants;
    for (const hook of hooks) this.#reportStop(hook, session, stream, identity);
  }

  /** Tells a hook that a stream is still published or played, unless it has not heard the last report. */
  update(hook: Hook, session: Session, use: StreamUse): void {
    if (this.#conversationOf(hook, session).reports.length > 0) return;
    const { identity } = use.grants;
    this.#report(hook, { event: "update", session, identity, stream: this.#factsOf(use) }, () =>
      session.kick("HOOK_DENIED", REFUSED_WITH[use.kind], REFUSALS.HOOK_DENIED.told),
    );
  }

  #allowed(hook: Hook, conversation: Conversation, session: Session, stream: StreamFacts): void {
    if (conversation.allowed >= MAX_ALLOWED) this.#stopAllowed(hook, conversation, session);
    conversation.allow(stream);
  }

  /** Tells that something which the hook has allowed has come to nothing. */
  #stopAllowed(hook: Hook, conversation: Conversation, session: Session): boolean {
    const stream = conversation.takeAllowed();
    if (stream) this.#reportStop(hook, session, stream);
    return stream !== undefined;
  }

  #reportStop(hook: Hook, session: Session, stream: StreamFacts, identity?: string): void {
    const event = stream.kind === "publish" ? "unpublish" : "stop";
    this.#report(hook, { event, session, identity, stream });
    this.#report(hook, { event: "done", session, identity, stream });
  }

  #report(hook: Hook, occasion: Occasion, onDenied?: () => void): void {
    if (!hook.events.has(occasion.event)) return;
    const conversation = this.#conversationOf(hook, occasion.session);
    const call = this.#callOf(conversation, occasion);
    hook.reports.add(conversation, { call, addedMs: this.#context.now(), ...(onDenied && { onDenied }) });
  }

  #conversationOf(hook: Hook, session: Session): Conversation {
    const byHook = this.#conversations.get(session) ?? new Map<Hook, Conversation>();
    const conversation = byHook.get(hook) ?? new Conversation((call) => hook.tell(call));
    this.#conversations.set(session, byHook.set(hook, conversation));
    return conversation;
  }

  #factsOf({ kind, key, query, startedMs }: StreamUse): StreamFacts {
    return { kind, key, query, type: "live", start: "any", elapsedMs: this.#context.now() - startedMs };
  }

  #callOf(conversation: Conversation, occasion: Occasion): HookCall {
    const { event, session, stream, application, connect = session.connect!, reason } = occasion;
    const { id, transport, remoteAddress, remotePort, bytesReceived, bytesSent } = session;
    const identity = occasion.identity ?? session.identity;
    const named = application ?? stream?.key.application ?? connect.application;
    return {
      event,
      serverId: this.#context.serverId,
      session: { id, transport, remoteAddress, remotePort, identity, bytesReceived, bytesSent },
      connect,
      virtualHost:
        stream?.key.virtualHost ?? this.#context.hooks().virtualHostOf({ ...connect, application: named }),
      application: named,
      stream,
      seq: conversation.nextSeq(),
      timeMs: Date.now(),
      reason,
      beginSpan: this.#context.tracer?.hook(session, event),
    };
  }
}
