import type { LoadFailure } from "./load-error.ts";
import type { Trust } from "./trust.ts";

/** The viewers to start. */
export interface LoadViewersOptions {
  readonly viewers: number;
  /** How many streams there are: each viewer plays the next. */
  readonly streams: number;
  /** How many of them stop reading after their first frames. */
  readonly stalled: number;
  /** How many of the others read at once, and measure the latency. */
  readonly prompt: number;
  /** Whether the others count bytes and look at none, once they have a frame. */
  readonly isDrained: boolean;
  /** Which certificates of the server they accept. */
  readonly trust?: Trust | undefined;
}

/** Messages to the viewers' process. */
export type ToViewers =
  | ({ readonly kind: "open"; readonly url: string } & LoadViewersOptions)
  /** Connections that read and do nothing else, for the floor, which speaks no protocol of its own. */
  | {
      readonly kind: "drain";
      readonly port: number;
      readonly isSecure: boolean;
      readonly connections: number;
    }
  | { readonly kind: "begin" }
  | { readonly kind: "end" };

/** Latencies are milliseconds. */
export interface LoadViewersReport {
  readonly whole: number;
  readonly problems: readonly string[];
  /** Messages that did not come to viewers to which later ones came, of all viewers together. */
  readonly missed: number;
  /** The longest that any viewer that reads what comes as it comes has had to wait for the next message. */
  readonly longestGapMs: number;
  /** The longest that the process of the viewers itself has stood still. */
  readonly longestPauseMs: number;
  /** How often stalled viewers have been thrown out and have come again, since the beginning. */
  readonly returns: number;
  readonly firstFrameMs: { readonly p50: number; readonly p99: number };
  readonly latencyMs: {
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
    readonly max: number;
  };
}

/** Messages from it. */
export type FromViewers =
  | { readonly kind: "opened" }
  /** There is nothing to report. */
  | { readonly kind: "failed"; readonly failure: LoadFailure; readonly message: string }
  | ({ readonly kind: "report"; readonly bytes: number } & LoadViewersReport);
