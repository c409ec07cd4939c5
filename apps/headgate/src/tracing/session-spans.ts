import type { Session, SessionObserver, StreamUse } from "@headgate/gateway";
import type { BeginHookSpan, HookTracer } from "@headgate/hooks";
import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";

/** Answers of hooks; everything else is a reason why there was none. */
const ANSWERS: readonly string[] = ["allow", "deny"];

/**
 * A span for each session, and below it one for all that it publishes and plays and for each request to a hook about it. What clients
 * write is told without its query: secrets live there.
 */
export class SessionSpans implements HookTracer {
  readonly observer: SessionObserver = {
    connected: (session) => {
      this.#connectionOf(session).setAttribute("headgate.application", session.connect?.application ?? "");
    },
    published: (session, use) => this.#begin(session, use),
    played: (session, use) => this.#begin(session, use),
    unpublished: (_, use) => this.#uses.get(use)?.end(),
    stopped: (_, use) => this.#uses.get(use)?.end(),
    closed: (session, reason) => this.#end(this.#connectionOf(session), reason),
    failed: (session, reason) => this.#end(this.#connectionOf(session), reason),
  };
  readonly #tracer: Tracer;
  readonly #now: () => number;
  readonly #connections = new WeakMap<Session, Span>();
  readonly #uses = new WeakMap<StreamUse, Span>();

  /** `now`: milliseconds of the gateway's clock. */
  constructor(tracer: Tracer, now: () => number) {
    this.#tracer = tracer;
    this.#now = now;
  }

  hook(session: Session, event: string): BeginHookSpan {
    const parent = this.#contextOf(session);
    return (hook) => {
      const attributes = { "headgate.hook": hook, "headgate.event": event };
      const span = this.#tracer.startSpan("hook", { kind: SpanKind.CLIENT, attributes }, parent);
      const { traceId, spanId, traceFlags } = span.spanContext();
      return {
        traceParent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`,
        end: (outcome, status) => {
          span.setAttribute("headgate.outcome", outcome);
          if (status !== undefined) span.setAttribute("http.response.status_code", status);
          if (!ANSWERS.includes(outcome)) span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
          span.end();
        },
      };
    };
  }

  #begin(session: Session, use: StreamUse): void {
    const attributes = { "headgate.stream": use.key.path };
    const options = { kind: SpanKind.SERVER, attributes };
    this.#uses.set(use, this.#tracer.startSpan(use.kind, options, this.#contextOf(session)));
  }

  #end(connection: Span, reason: string): void {
    connection.setAttribute("headgate.reason", reason);
    connection.end();
  }

  #contextOf(session: Session): Context {
    return trace.setSpan(ROOT_CONTEXT, this.#connectionOf(session));
  }

  /** Begun when it is first needed, and dated back to the connection. */
  #connectionOf(session: Session): Span {
    const known = this.#connections.get(session);
    if (known) return known;
    const attributes = {
      "headgate.session": session.id,
      "headgate.transport": session.transport,
      "client.address": session.remoteAddress,
      "client.port": session.remotePort,
    };
    const startTime = Date.now() - (this.#now() - session.startedMs);
    const span = this.#tracer.startSpan(
      "connection",
      { kind: SpanKind.SERVER, attributes, startTime, root: true },
      ROOT_CONTEXT,
    );
    this.#connections.set(session, span);
    return span;
  }
}
