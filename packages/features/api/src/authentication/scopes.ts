/** What a caller of the admin server may do. */
export const SCOPES = ["read", "control", "config"] as const;
export type TokenScope = (typeof SCOPES)[number];

/** Whoever has shown who it is, for the audit. */
export interface Caller {
  readonly name: string;
  readonly by: "token" | "oidc" | "certificate";
  readonly scopes: readonly TokenScope[];
}

/** Why nobody is let in with what a request has shown. */
export type CallerRefusal =
  | "TOKEN_INVALID"
  | "TOKEN_EXPIRED"
  | "KEYS_UNAVAILABLE"
  | "CERTIFICATE_INVALID"
  | "CERTIFICATE_UNKNOWN";
