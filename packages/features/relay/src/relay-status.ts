/** The state of one relay, for operators. */
export interface RelayStatus {
  readonly kind: "pull" | "push";
  /** `application/name`. */
  readonly stream: string;
  /** Without secrets. */
  readonly target: string;
  readonly state: "connecting" | "running" | "waiting";
  /** Both directions, since it began. */
  readonly bytes: number;
  /** How often it has reconnected. */
  readonly retries: number;
  readonly lastError: { readonly code: string; readonly at: string } | undefined;
}
