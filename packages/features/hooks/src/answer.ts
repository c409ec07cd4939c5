import type { Grants } from "@headgate/gateway";

/** What a hook grants besides the permission itself. */
export interface Grant extends Grants {
  /** The name that the stream gets instead of its own. */
  readonly name?: string;
  /** The same for the application of `connect`. */
  readonly application?: string;
}

/** What a hook has answered, as its dialect reads it. */
export type Answer =
  | { readonly kind: "allow"; readonly grant: Grant }
  /** `reason` is for the log only. */
  | { readonly kind: "deny"; readonly reason?: string }
  /** Nothing that could be understood. */
  | { readonly kind: "unreadable"; readonly why: string };

/** The reply of a hook's server. */
export interface HookReply {
  readonly status: number;
  /** The header `Location`. */
  readonly location: string | undefined;
  readonly body: string;
}

export const ALLOWED: Answer = { kind: "allow", grant: {} };
export const DENIED: Answer = { kind: "deny" };

export function unreadable(why: string): Answer {
  return { kind: "unreadable", why };
}

/** The text as JSON; undefined if it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
