import { addressKey } from "@headgate/transport";
import type { Logger } from "pino";
import { AllowCache } from "./allow-cache.ts";
import { ALLOWED, type Answer, type Grant, type HookReply } from "./answer.ts";
import { eventsOf, type HookOptions } from "./config.ts";
import type { Heard } from "./conversation.ts";
import { DIALECTS } from "./dialects.ts";
import { type HookCall, type HookEvent, isQuestion } from "./hook-call.ts";
import { HookFailure, type HookFailureKind } from "./hook-failure.ts";
import { hookRequest, requestOfAnySession } from "./hook-request.ts";
import type { HookServer } from "./hook-server.ts";
import type { Reports } from "./reports.ts";

/** Stream names and reasons are cut to this for the log. */
const MAX_LOGGED_LENGTH = 128;

export interface HookParts {
  readonly options: HookOptions;
  /** For logs and metrics. */
  readonly name: string;
  readonly isOfApplication: boolean;
  readonly server: HookServer;
  readonly reports: Reports;
  readonly log: Logger;
  readonly now: () => number;
}

export type Decision =
  | { readonly kind: "allow"; readonly grant: Grant }
  | { readonly kind: "deny"; readonly reason: "HOOK_DENIED" | "HOOK_FAILED" };

/** What became of a request, for the log and for metrics. */
interface Outcome {
  readonly answer:
    | Answer
    | { readonly kind: "failed"; readonly failure: HookFailureKind; readonly why: string };
  readonly status: number | undefined;
  readonly elapsedMs: number;
}

/** For metrics. */
export interface HookCounts {
  requests: number;
  denied: number;
  failed: number;
  cached: number;
  elapsedMs: number;
}

/** One configured hook: asks its server, and reads what it answers. */
export class Hook {
  readonly name: string;
  readonly isOfApplication: boolean;
  readonly events: ReadonlySet<HookEvent>;
  readonly server: HookServer;
  readonly reports: Reports;
  readonly counts: HookCounts = { requests: 0, denied: 0, failed: 0, cached: 0, elapsedMs: 0 };
  #options: HookOptions;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #cache: AllowCache<Grant> | undefined;

  constructor({ options, name, isOfApplication, server, reports, log, now }: HookParts) {
    this.#options = options;
    this.name = name;
    this.isOfApplication = isOfApplication;
    this.events = eventsOf(options, isOfApplication);
    this.server = server;
    this.reports = reports;
    this.#log = log;
    this.#now = now;
    this.#cache = options.cacheMs > 0 ? new AllowCache(options.cacheMs) : undefined;
  }

  get options(): HookOptions {
    return this.#options;
  }

  /** Goes on with options that say the same. */
  adopt(options: HookOptions): this {
    this.#options = options;
    return this;
  }

  async ask(call: HookCall, deadline: AbortSignal): Promise<Decision> {
    const cached = this.#cache?.get(requestOfAnySession(this.options, call), this.#now());
    if (cached) {
      this.counts.cached += 1;
      return { kind: "allow", grant: cached };
    }
    const turnKey = addressKey(call.session.remoteAddress);
    const { timeoutMs } = this.options;
    const outcome = await this.#outcomeOf(call, (traceParent) => {
      const request = () => hookRequest(this.options, call, traceParent);
      return this.server.ask({ turnKey, request, timeoutMs }, deadline);
    });
    const { answer } = outcome;
    if (answer.kind !== "allow") return this.#refusal(call, outcome);
    this.#cache?.set(requestOfAnySession(this.options, call), answer.grant, this.#now());
    return answer;
  }

  /** Tells the hook once. `again`: it has not heard it. */
  async tell(call: HookCall): Promise<Heard> {
    const deadline = AbortSignal.timeout(this.options.timeoutMs);
    const outcome = await this.#outcomeOf(call, (traceParent) =>
      this.server.tell(hookRequest(this.options, call, traceParent), deadline),
    );
    const { answer } = outcome;
    if (answer.kind === "failed") return answer.failure === "unreadable" ? "allow" : "again";
    if (answer.kind !== "deny" || call.event !== "update") return "allow";
    this.#logRefusal(call, outcome, "hook ended the session");
    return "deny";
  }

  async #outcomeOf(
    call: HookCall,
    send: (traceParent: string | undefined) => Promise<HookReply>,
  ): Promise<Outcome> {
    const startMs = this.#now();
    const span = call.beginSpan?.(this.name);
    const { answer, status } = await this.#answerTo(call, () => send(span?.traceParent));
    span?.end(answer.kind === "failed" ? answer.failure : answer.kind, status);
    const elapsedMs = this.#now() - startMs;
    this.#count(answer.kind, elapsedMs);
    return { answer, status, elapsedMs };
  }

  async #answerTo({ event }: HookCall, send: () => Promise<HookReply>): Promise<Omit<Outcome, "elapsedMs">> {
    try {
      const reply = await send();
      // Replies to other reports mean nothing, but that the report has arrived.
      const isAnswer = isQuestion(event) || event === "update";
      const answer = isAnswer ? DIALECTS[this.options.dialect].read(reply, event) : ALLOWED;
      return { answer, status: reply.status };
    } catch (error) {
      if (!(error instanceof HookFailure)) throw error;
      const { kind, message, status } = error;
      return { answer: { kind: "failed", failure: kind, why: message }, status };
    }
  }

  #count(kind: Outcome["answer"]["kind"], elapsedMs: number): void {
    this.counts.requests += 1;
    this.counts.elapsedMs += elapsedMs;
    if (kind === "deny") this.counts.denied += 1;
    else if (kind !== "allow") this.counts.failed += 1;
  }

  #refusal(call: HookCall, outcome: Outcome): Decision {
    if (outcome.answer.kind === "deny") {
      this.#logRefusal(call, outcome, "hook refused");
      return { kind: "deny", reason: "HOOK_DENIED" };
    }
    if (this.options.onFailure === "deny") {
      this.#logRefusal(call, outcome, "hook failed, so the request is refused");
      return { kind: "deny", reason: "HOOK_FAILED" };
    }
    this.#logRefusal(call, outcome, "hook failed, so the request is allowed");
    return { kind: "allow", grant: {} };
  }

  #logRefusal({ event, session, stream }: HookCall, outcome: Outcome, message: string): void {
    const { answer, status, elapsedMs } = outcome;
    this.#log.warn(
      {
        hook: this.name,
        event,
        session: session.id,
        stream: stream?.key.path.slice(0, MAX_LOGGED_LENGTH),
        reason: answer.kind === "failed" ? answer.failure : answer.kind,
        status,
        answer: saidIn(answer),
        elapsedMs: Math.round(elapsedMs),
      },
      message,
    );
  }
}

/** Why, in a few printable words. */
function saidIn(answer: Outcome["answer"]): string | undefined {
  const said = answer.kind === "deny" ? answer.reason : "why" in answer ? answer.why : undefined;
  return said?.slice(0, MAX_LOGGED_LENGTH).replace(/\p{C}/gu, " ");
}
