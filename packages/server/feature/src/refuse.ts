import { type Denial, REFUSALS, type RefusalCode } from "@headgate/gateway";
import type { FastifyReply } from "fastify";
import { statusOf } from "./refusal-status.ts";

/** Pages of any site may show what their visitors may play. A header that is none of the simple ones is hidden from them unless it is named. */
export const OPEN_TO_PAGES: Readonly<Record<string, string>> = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "Accept-Ranges, Content-Range, ETag",
};

/** Answers with the code of a refusal, and its words. */
export function refuse(reply: FastifyReply, reason: RefusalCode, denial?: Denial): void {
  const status = statusOf(reason);
  // Credentials come in the query, which no scheme has a name for.
  if (status === 401) reply.header("www-authenticate", "Query");
  if (status === 503) reply.header("retry-after", "1");
  answerText(reply, status, `${reason}: ${denial?.description ?? REFUSALS[reason].told}`);
}

export function answerText(reply: FastifyReply, status: number, text: string): void {
  reply
    .code(status)
    .headers({ ...OPEN_TO_PAGES, "cache-control": "no-store" })
    .type("text/plain; charset=utf-8")
    .send(`${text}\n`);
}
