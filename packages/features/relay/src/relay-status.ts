/** What becomes of one relay, for those who look after the server. */
export interface RelayStatus {
  readonly kind: "pull" | "push";
  /** `application/name`. */
  readonly stream: string;
  /** Without secrets. */
  readonly target: string;
  readonly state: "connecting" | "running" | "waiting";
  /** Of both directions, since it began. */
  readonly bytes: number;
  /** How often it has begun anew. */
  readonly retries: number;
  readonly lastError: { readonly code: string; readonly at: string } | undefined;
}
