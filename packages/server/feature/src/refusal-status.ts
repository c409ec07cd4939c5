import type { RefusalCode } from "@headgate/gateway";

/** The HTTP status of a refusal. What a policy refuses is refused whether or not there is such a file. */
export function statusOf(reason: RefusalCode): number {
  if (UNAUTHORIZED.has(reason)) return 401;
  if (NOT_FOUND.has(reason)) return 404;
  if (reason === "TRIES_EXCEEDED") return 429;
  if (reason === "ALREADY_PUBLISHED") return 409;
  return UNAVAILABLE.has(reason) || reason.endsWith("_EXCEEDED") ? 503 : 403;
}

const UNAUTHORIZED: ReadonlySet<string> = new Set<RefusalCode>([
  "CREDENTIALS_CUT_OFF",
  "CREDENTIALS_EXPIRED",
  "CREDENTIALS_INVALID",
  "CREDENTIALS_MISSING",
]);

const NOT_FOUND: ReadonlySet<string> = new Set<RefusalCode>([
  "APPLICATION_PROXIED",
  "APPLICATION_UNKNOWN",
  "NAME_INVALID",
  "RECORDING_NOT_CUT",
  "RECORDING_NOT_FOUND",
  "SNAPSHOT_UNAVAILABLE",
  "STREAM_NOT_PUBLISHED",
]);

const UNAVAILABLE: ReadonlySet<string> = new Set<RefusalCode>([
  "DRAINING",
  "HOOK_FAILED",
  "PASSWORDS_BUSY",
  "POLICY_FAILED",
  "POLICY_TIMED_OUT",
  "TOKEN_KEYS_UNAVAILABLE",
]);
