import type { Session } from "@headgate/gateway";

/** One request to a hook, for whoever traces requests. */
interface HookSpan {
  /** For the header of that name (W3C Trace Context). */
  readonly traceParent: string;
  /** `outcome`: `allow`, `deny`, or why the hook has not answered. */
  end(outcome: string, status: number | undefined): void;
}

/** Begins the span of a request to the hook of this name. */
export type BeginHookSpan = (hook: string) => HookSpan;

/** Traces requests to hooks, if anybody does. */
export interface HookTracer {
  hook(session: Session, event: string): BeginHookSpan;
}
