import type { TunnelReply } from "./tunnel-reply.ts";

/** A request that has no answer yet. Its body is not kept with it. */
export interface WaitingRequest {
  readonly kind: "send" | "idle" | "close";
  readonly sequence: number | undefined;
  readonly sinceMs: number;
  /** undefined once the request's connection is lost: then it takes no data with it. */
  answer: ((reply: TunnelReply | undefined) => void) | undefined;
}
