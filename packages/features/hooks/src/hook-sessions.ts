import type { StreamKey } from "@headgate/bus";
import {
  REFUSALS,
  type RecordedFile,
  type RecordingEvent,
  type RecordingObserver,
  type Session,
  type SessionObserver,
  type StreamUse,
} from "@headgate/gateway";
import type { AllowedStart } from "./allowed-starts.ts";
import type { Conversation } from "./conversation.ts";
import type { Decision, Hook } from "./hook.ts";
import type {
  ClientFacts,
  HookCall,
  HookEvent,
  Question,
  RecordingFacts,
  SessionFacts,
  StreamFacts,
} from "./hook-call.ts";
import type { HookSet } from "./hook-set.ts";
import type { HookTracer } from "./hook-tracer.ts";
import { REFUSED_WITH } from "./refused-with.ts";
import { SessionHooks } from "./session-hooks.ts";

/**
 * What hooks have allowed in one session and what has not begun: more of it comes only from a peer that asks again for what others
 * refuse.
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

/** A session, or what stands in its place where no peer publishes. */
type AnySession = SessionFacts & Pick<Session, "connect">;

/** An event of a session, without what makes it a call of one hook. */
interface Occasion {
  readonly event: HookEvent;
  readonly session: AnySession;
  readonly identity?: string | undefined;
  readonly stream?: StreamFacts | undefined;
  readonly application?: string;
  readonly connect?: ClientFacts | undefined;
  readonly reason?: string;
  readonly recording?: RecordingFacts;
}

const RECORDING_EVENTS = {
  begun: "recordingBegun",
  complete: "recordingComplete",
  failed: "recordingFailed",
} as const satisfies Record<RecordingEvent, HookEvent>;

/**
 * What the hooks are asked and told about each session. Every start that one of them has allowed has its stop, which those hear that
 * have allowed it, and those that are told of stops and not asked about starts.
 */
export class HookSessions implements SessionObserver, RecordingObserver {
  readonly #context: HookSessionsContext;
  readonly #sessions = new WeakMap<AnySession, SessionHooks>();
  /** For streams that no peer publishes. */
  readonly #standIns = new WeakMap<StreamKey, AnySession>();

  constructor(context: HookSessionsContext) {
    this.#context = context;
  }

  /**
   * Asks questions about one request, when all hooks have heard what comes before it, or within this time. The session's reports
   * wait until they are answered. Undefined if the session ends before.
   */
  async asking<T>(asked: Asked, withinMs: number, ask: () => Promise<T>): Promise<T | undefined> {
    const own = this.#of(asked.session);
    const deadline = AbortSignal.timeout(withinMs);
    const { questions } = own;
    const told = [...own.hooks].map((hook) =>
      hook.reports.tellFirst({ questions, own: own.known(hook) }, deadline),
    );
    await Promise.all([...told, this.#tellUnpublished(asked, deadline)]);
    return own.isOver ? undefined : questions.during(ask);
  }

  async ask(
    hook: Hook,
    { question, session, identity, application, stream, connect }: Asked,
  ): Promise<Decision> {
    const occasion = { event: question, session, identity, stream, application, connect };
    const call = this.#callOf(this.#of(session).conversationWith(hook), occasion);
    const decision = await hook.ask(call, AbortSignal.timeout(hook.options.timeoutMs));
    if (decision.kind === "allow") this.#allowed(hook, session, stream);
    return decision;
  }

  /** A hook has given the stream another name, after hooks have allowed it under its own. Resolves when it may be asked about. */
  async renamed(asked: Asked, key: StreamKey, withinMs: number): Promise<void> {
    const { session, stream } = asked;
    if (!stream) return;
    this.#of(session).starts.rename(stream, key);
    await this.#tellUnpublished({ ...asked, stream: { ...stream, key } }, AbortSignal.timeout(withinMs));
  }

  /** Tells that nobody else publishes the stream any more, to all hooks that hear of it. */
  async #tellUnpublished({ question, session, stream }: Asked, deadline: AbortSignal): Promise<void> {
    if (question !== "publish" || !stream) return;
    const { questions } = this.#of(session);
    const { path } = stream.key;
    const hooks = this.#context.hooks().of(stream.key);
    await Promise.all(hooks.map(({ reports }) => reports.tellFirst({ questions, path }, deadline)));
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
    const own = this.#of(session);
    own.isOver = true;
    own.questions.whenNone(() => {
      while (this.#stopAllowed(session));
      for (const hook of new Set([...own.hooks, ...this.#context.hooks().ofSessions]))
        this.#report(hook, { event: "close", session, reason });
    });
  }

  /** Those hear of it that have allowed its `connect`, and those that are told of ends and not asked about `connect`. */
  failed(session: Session, reason: string): void {
    const own = this.#of(session);
    own.isOver = true;
    own.questions.whenNone(() => {
      if (own.connected.size === 0) return;
      const told = this.#context.hooks().ofSessions.filter(({ events }) => !events.has("connect"));
      for (const hook of new Set([...own.connected, ...told]))
        this.#report(hook, { event: "close", session, reason });
    });
  }

  /** Files are finished after the session of their publisher has ended; hooks hear of them in order all the same. */
  recorded(what: RecordingEvent, { key, source, ...recording }: RecordedFile): void {
    const event = RECORDING_EVENTS[what];
    const hooks = this.#context.hooks().of(key);
    if (!hooks.some(({ events }) => events.has(event))) return;
    const session = source.session ?? this.#standInFor(key);
    const { query } = source;
    const elapsedMs = recording.durationMs;
    const stream = { kind: "publish", key, query, type: "live", start: "any", elapsedMs } as const;
    for (const hook of hooks) this.#report(hook, { event, session, stream, recording });
  }

  #standInFor(key: StreamKey): AnySession {
    const known = this.#standIns.get(key);
    if (known) return known;
    const { virtualHost, application } = key;
    const made: AnySession = {
      id: "0",
      transport: undefined,
      remoteAddress: "",
      remotePort: 0,
      identity: undefined,
      bytesReceived: 0,
      bytesSent: 0,
      connect: {
        virtualHost,
        application,
        query: "",
        tcUrl: "",
        pageUrl: "",
        swfUrl: "",
        flashVersion: "",
        canReconnect: false,
      },
    };
    this.#standIns.set(key, made);
    return made;
  }

  #began(session: Session, { kind, key }: StreamUse): void {
    this.#sessions.get(session)?.starts.begin({ kind, key });
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
    if (this.#of(session).conversationWith(hook).reports.length > 0) return;
    const { identity } = use.grants;
    this.#report(hook, { event: "update", session, identity, stream: this.#factsOf(use) }, () =>
      session.kick("HOOK_DENIED", REFUSED_WITH[use.kind], REFUSALS.HOOK_DENIED.told),
    );
  }

  #allowed(hook: Hook, session: Session, stream: StreamFacts | undefined): void {
    const { connected, starts } = this.#of(session);
    if (!stream) {
      connected.add(hook);
      return;
    }
    starts.add(stream, hook);
    if (starts.size > MAX_ALLOWED) this.#stopAllowed(session);
  }

  /** Tells that something which was allowed has come to nothing. */
  #stopAllowed(session: Session): boolean {
    const start = this.#of(session).starts.take();
    if (!start) return false;
    for (const hook of this.#concernedBy(start)) this.#reportStop(hook, session, start.stream);
    return true;
  }

  #concernedBy({ stream: { kind, key }, by }: AllowedStart): ReadonlySet<Hook> {
    const told = this.#context.hooks().of(key);
    return new Set([...by, ...told.filter(({ events }) => !events.has(kind))]);
  }

  #reportStop(hook: Hook, session: Session, stream: StreamFacts, identity?: string): void {
    const event = stream.kind === "publish" ? "unpublish" : "stop";
    this.#report(hook, { event, session, identity, stream });
    this.#report(hook, { event: "done", session, identity, stream });
  }

  #report(hook: Hook, occasion: Occasion, onDenied?: () => void): void {
    if (!hook.events.has(occasion.event)) return;
    const conversation = this.#of(occasion.session).conversationWith(hook);
    const call = this.#callOf(conversation, occasion);
    hook.reports.add(conversation, { call, addedMs: this.#context.now(), ...(onDenied && { onDenied }) });
  }

  #of(session: AnySession): SessionHooks {
    const own = this.#sessions.get(session) ?? new SessionHooks();
    this.#sessions.set(session, own);
    return own;
  }

  #factsOf({ kind, key, query, startedMs }: StreamUse): StreamFacts {
    return { kind, key, query, type: "live", start: "any", elapsedMs: this.#context.now() - startedMs };
  }

  #callOf(conversation: Conversation, occasion: Occasion): HookCall {
    const { event, session, stream, application, connect = session.connect!, reason, recording } = occasion;
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
      recording,
      seq: conversation.nextSeq(),
      timeMs: Date.now(),
      reason,
      beginSpan: isSession(session) ? this.#context.tracer?.hook(session, event) : undefined,
    };
  }
}

function isSession(session: AnySession): session is Session {
  return session.transport !== undefined;
}
