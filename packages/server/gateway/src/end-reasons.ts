import { REFUSALS } from "./refusals.ts";

/** Why a session ended, in words: the reasons that are not refusals of a request or errors of the protocol. */
const END_REASONS: Readonly<Record<string, string>> = {
  "connect timeout": "The peer did not send connect in time.",
  "connection reset": "The peer's connection was reset.",
  "first byte timeout": "The peer connected and sent nothing.",
  "handshake timeout": "The peer did not finish the handshake in time.",
  "internal error": "A bug in Headgate ended the session; please report it.",
  "peer closed": "The peer closed the connection.",
  "ping timeout": "The peer did not answer a ping.",
  refused: "The peer was refused and did nothing else.",
  shutdown: "The server ends.",
  stalled: "The peer took no more bytes.",
  "taken over": "Another publisher has taken over the stream.",
  ORIGIN_UNREACHABLE: "The server to which the session is proxied cannot be reached.",
};

/** The reason in words, if it has any besides itself. */
export function wordsFor(reason: string): string | undefined {
  const refusals: Readonly<Record<string, { readonly told: string }>> = REFUSALS;
  return END_REASONS[reason] ?? refusals[reason]?.told;
}
