import type { FastifyInstance } from "fastify";
import { envelope, inEnvelope } from "../envelope.ts";
import { LOG, MAX_LOG_LINES } from "../log/log-tail.ts";
import type { Schema } from "../schema.ts";
import type { ServerView } from "../server-view.ts";

/** A place in each of 64 processes, which is more than there are workers. */
const MAX_AFTER_LENGTH = 2_048;

interface Query {
  readonly after: string;
  readonly count: number;
}

const QUERY: Schema<Query> = {
  type: "object",
  properties: {
    after: {
      type: "string",
      maxLength: MAX_AFTER_LENGTH,
      default: "",
      description: "The `next` of an earlier answer: only what has come since then.",
    },
    count: {
      type: "integer",
      minimum: 1,
      maximum: MAX_LOG_LINES,
      default: 100,
      description: "How many of the newest lines at most.",
    },
  },
};

export function logRoutes(app: FastifyInstance, view: ServerView, serverId: string): void {
  const schema = {
    tags: ["server"],
    summary: "The newest lines of the log",
    querystring: QUERY,
    response: { 200: inEnvelope(LOG) },
  };
  app.get<{ Querystring: Query }>("/api/v1/log", { schema }, async ({ query }) => ({
    ...envelope(serverId),
    ...(await view.log(query.after, query.count)),
  }));
}
