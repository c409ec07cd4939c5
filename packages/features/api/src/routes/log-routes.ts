import { Type } from "typebox";
import type { ApiServer } from "../described.ts";
import { envelope, inEnvelope } from "../envelope.ts";
import { LOG } from "../log/log-reply.ts";
import type { ServerView } from "../server-view.ts";

/** A place in each of 64 processes, which is more than there are workers. */
const MAX_AFTER_LENGTH = 2_048;

/** Reading so many takes a millisecond or two. */
const MAX_LOG_LINES = 500;

const QUERY = Type.Object({
  after: Type.String({
    maxLength: MAX_AFTER_LENGTH,
    default: "",
    description: "The `next` of an earlier answer: only what has come since then.",
  }),
  count: Type.Integer({
    minimum: 1,
    maximum: MAX_LOG_LINES,
    default: 100,
    description: "How many of the newest lines at most.",
  }),
});

export function logRoutes(app: ApiServer, view: ServerView, serverId: string): void {
  const schema = {
    tags: ["server"],
    summary: "The newest lines of the log",
    querystring: QUERY,
    response: { 200: inEnvelope(LOG.properties) },
  };
  app.get("/api/v1/log", { schema }, async ({ query }) => ({
    ...envelope(serverId),
    ...(await view.log(query.after, query.count)),
  }));
}
