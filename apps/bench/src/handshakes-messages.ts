import type { HandshakeKind } from "@headgate/load";

/** What the process of those who connect is told. */
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

/** What it says, of the time between `begin` and `end`. */
export interface HandshakesReport {
  readonly accepted: number;
  readonly failed: number;
  readonly problems: readonly string[];
  /** From the first packet to the `_result` of `connect`. Milliseconds. */
  readonly acceptedMs: { readonly p50: number; readonly p99: number };
}
