import { Type } from "typebox";
import type { ApiServer } from "../described.ts";
import { envelope, FAILURE, failure, inEnvelope } from "../envelope.ts";
import { inPage, PAGE_QUERY, sendPage } from "../pages.ts";
import type { ServerView } from "../server-view.ts";
import { STREAM } from "../stream-reply.ts";

/** A path has slashes; written as %2F they mean the same. */
const BY_PATH = Type.Object({ "*": Type.String({ description: "The stream's path, as live/cam." }) });

const TAGS = ["streams"];

export function streamRoutes(app: ApiServer, view: ServerView, serverId: string): void {
  const list = {
    schema: {
      tags: TAGS,
      summary: "All streams that are published or waited for",
      querystring: PAGE_QUERY,
      response: { 200: inPage({ streams: Type.Array(STREAM, { description: "One part of them." }) }) },
    },
  };
  app.get("/api/v1/streams", list, async ({ query }, reply) =>
    sendPage(reply, query, {
      name: "streams",
      envelope: envelope(serverId),
      read: (start, count) => view.streams(start, count),
    }),
  );

  const one = {
    schema: {
      tags: TAGS,
      summary: "One stream",
      params: BY_PATH,
      response: { 200: inEnvelope({ stream: STREAM }), 404: FAILURE },
    },
  };
  app.get("/api/v1/streams/*", one, async ({ params }, reply) => {
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
  app.delete("/api/v1/streams/*", close, async ({ params }, reply) => {
    const outcome = await view.closeStream(params["*"]);
    if (outcome === "done") return envelope(serverId);
    const { status, body } = failure(serverId, outcome === "absent" ? "noStream" : "notAClients");
    return reply.code(status).send(body);
  });
}
