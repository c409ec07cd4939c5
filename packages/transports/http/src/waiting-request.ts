import type { TunnelReply } from "./tunnel-reply.ts";

/** A request without an answer. Its body is not kept. */
export interface WaitingRequest {
  readonly kind: "send" | "idle" | "close";
  readonly sequence: number | undefined;
  readonly sinceMs: number;
  /** Undefined once the request's connection is lost: then it must not take any data. */
  answer: ((reply: TunnelReply | undefined) => void) | undefined;
}
