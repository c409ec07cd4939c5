/** What the viewers' process is told. */
export type ToViewers =
  | { readonly kind: "open"; readonly url: string; readonly viewers: number }
  /** Connections that read and do nothing else, for the floor, which speaks no protocol. */
  | { readonly kind: "drain"; readonly port: number; readonly connections: number }
  | { readonly kind: "begin" }
  | { readonly kind: "end" };

/** What it says. Latencies are milliseconds. */
export type FromViewers =
  | { readonly kind: "opened" }
  | {
      readonly kind: "report";
      readonly bytes: number;
      readonly whole: number;
      readonly problems: readonly string[];
      readonly firstFrameMs: { readonly p50: number; readonly p99: number };
      readonly latencyMs: {
        readonly p50: number;
        readonly p95: number;
        readonly p99: number;
        readonly max: number;
      };
    };
