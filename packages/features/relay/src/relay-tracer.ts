import type { RelayStatus } from "./relay-status.ts";

/** One relay, from its beginning to its end, for whoever traces relays. Targets are without secrets. */
export interface RelaySpan {
  /** It goes on, at this server. */
  started(target: string): void;
  /** The server is lost, or was never reached. */
  interrupted(target: string, code: string): void;
  end(): void;
}

/** Traces relays, if anybody does. */
export interface RelayTracer {
  relay(relay: Pick<RelayStatus, "kind" | "stream">): RelaySpan;
}
