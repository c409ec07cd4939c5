import type { Answer, HookReply } from "./answer.ts";
import type { HookCall, HookEvent, Question } from "./hook-call.ts";

/** A request as a dialect writes it; the URL is the hook's. */
export interface DialectRequest {
  /** Without one, `content` is the query of a GET. */
  readonly contentType: string | undefined;
  readonly content: string;
}

/** How a kind of server asks its hooks, and reads what they answer. */
export interface Dialect {
  /** What such a server tells its hooks. */
  readonly events: readonly HookEvent[];
  /** What it tells them unless `events` says otherwise. */
  readonly usualEvents: readonly HookEvent[];
  write(call: HookCall): DialectRequest;
  /** Reads a reply with a status below 500. */
  read(reply: HookReply, event: Question | "update"): Answer;
}

export const JSON_TYPE = "application/json";
