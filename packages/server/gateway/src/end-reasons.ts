import { PROTOCOL_ERRORS } from "@headgate/bytes";
import { REFUSALS, type RefusalCode } from "./refusals.ts";

/** Why a session ended, in words: the reasons that are not refusals of a request or errors of the protocol. */
const END_REASONS = {
  "connect timeout": "The peer did not send connect in time.",
  "connection reset": "The peer's connection was reset.",
  "first byte timeout": "The peer connected and sent nothing.",
  "handshake timeout": "The peer did not finish the handshake in time.",
  "internal error": "A bug in Headgate ended the session; please report it.",
  "peer closed": "The peer closed the connection.",
  kicked: "An operator has ended the session.",
  "ping timeout": "The peer did not answer a ping.",
  "request done": "The request was answered, or given up by the client.",
  refused: "The peer was refused and did nothing else.",
  shutdown: "The server ends.",
  stalled: "The peer took no more bytes.",
  lagged: "The connection is too slow for this stream.",
  "stream ended": "The publisher has ended the stream.",
  "taken over": "Another publisher has taken over the stream.",
  ORIGIN_UNREACHABLE: "The server to which the session is proxied cannot be reached.",
} as const;

/** Why the server ends a session. */
export type EndReason = keyof typeof END_REASONS | RefusalCode;

/** The reason by a name of which there are only so many: what the system says of a connection is one. */
export function endReason(reason: string): string {
  const isNamed = reason in END_REASONS || reason in REFUSALS || reason in PROTOCOL_ERRORS;
  return isNamed ? reason : "connection failed";
}

/** The reason in words, if it has any besides itself. */
export function wordsFor(reason: string): string | undefined {
  const reasons: Readonly<Record<string, string>> = END_REASONS;
  const refusals: Readonly<Record<string, { readonly told: string }>> = REFUSALS;
  return reasons[reason] ?? refusals[reason]?.told;
}
