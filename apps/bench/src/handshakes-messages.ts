import type { HandshakeKind } from "@headgate/load";

/** Messages to the connecting process. */
export type ToHandshakes =
  | {
      readonly kind: "open";
      readonly url: string;
      readonly handshake: HandshakeKind;
      /** How many are on their way at a time. */
      readonly concurrency: number;
    }
  | { readonly kind: "begin" }
  | { readonly kind: "end" };

/** Its report on the time between `begin` and `end`. */
export interface HandshakesReport {
  readonly accepted: number;
  readonly failed: number;
  readonly problems: readonly string[];
  /** From the first packet to the `_result` of `connect`. Milliseconds. */
  readonly acceptedMs: { readonly p50: number; readonly p99: number };
}
