import type { FastifyInstance } from "fastify";
import { envelope, FAILURE, failure, inEnvelope } from "../envelope.ts";
import { PAGE_QUERY, type PageQuery, sendPage } from "../pages.ts";
import { object, type Schema, text } from "../schema.ts";
import type { ServerView } from "../server-view.ts";
import { STREAM, STREAMS, type StreamReply } from "../stream-reply.ts";

interface ById {
  readonly Params: { readonly "*": string };
}

/** A path has slashes; written as %2F they mean the same. */
const BY_PATH = object<{ "*": string }>({ "*": text("The stream's path, as live/cam.") });

const ONE: Schema<object> = inEnvelope(object<{ stream: StreamReply }>({ stream: STREAM }));
const TAGS = ["streams"];

export function streamRoutes(app: FastifyInstance, view: ServerView, serverId: string): void {
  const list = {
    schema: {
      tags: TAGS,
      summary: "All streams that are published or waited for",
      querystring: PAGE_QUERY,
      response: { 200: inEnvelope(STREAMS) },
    },
  };
  app.get<{ Querystring: PageQuery }>("/api/v1/streams", list, async ({ query }, reply) =>
    sendPage(reply, query, {
      name: "streams",
      envelope: envelope(serverId),
      read: (start, count) => view.streams(start, count),
    }),
  );

  const one = {
    schema: { tags: TAGS, summary: "One stream", params: BY_PATH, response: { 200: ONE, 404: FAILURE } },
  };
  app.get<ById>("/api/v1/streams/*", one, async ({ params }, reply) => {
    const stream = await view.stream(params["*"]);
    if (stream) return { ...envelope(serverId), stream };
    const { status, body } = failure(serverId, "noStream");
    return reply.code(status).send(body);
  });

  const close = {
    config: { scope: "control" as const },
    schema: {
      tags: TAGS,
      summary: "Close a stream: its publisher is disconnected, and its viewers are told that it has ended",
      params: BY_PATH,
      response: { 200: inEnvelope({}), 404: FAILURE, 409: FAILURE },
    },
  };
  app.delete<ById>("/api/v1/streams/*", close, async ({ params }, reply) => {
    const outcome = await view.closeStream(params["*"]);
    if (outcome === "done") return envelope(serverId);
    const { status, body } = failure(serverId, outcome === "absent" ? "noStream" : "notAClients");
    return reply.code(status).send(body);
  });
}
