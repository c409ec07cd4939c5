import type { RelaySpan, RelayTracer } from "@headgate/relay";
import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";

/** A span for each pull and push, and below it one for each time without a server: until the same or another one is found. */
export class RelaySpans implements RelayTracer {
  readonly #tracer: Tracer;

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  relay({ kind, stream }: Parameters<RelayTracer["relay"]>[0]): RelaySpan {
    const attributes = { "headgate.stream": stream };
    const span = this.#tracer.startSpan(kind, { kind: SpanKind.CLIENT, attributes }, ROOT_CONTEXT);
    const context = trace.setSpan(ROOT_CONTEXT, span);
    let failover: Span | undefined;
    return {
      started: (target) => {
        span.setAttribute("headgate.target", target);
        failover?.setAttribute("headgate.to", target);
        failover?.end();
        failover = undefined;
      },
      interrupted: (target, code) => {
        if (failover) return;
        const lost = { "headgate.from": target, "headgate.code": code };
        failover = this.#tracer.startSpan("failover", { attributes: lost }, context);
      },
      end: () => {
        failover?.setStatus({ code: SpanStatusCode.ERROR, message: "no server was found" });
        failover?.end();
        span.end();
      },
    };
  }
}
