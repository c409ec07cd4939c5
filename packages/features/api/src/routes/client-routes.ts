import { noteChange } from "@headgate/http-server";
import { Type } from "typebox";
import { CLIENT } from "../client-reply.ts";
import type { ApiServer } from "../described.ts";
import { envelope, FAILURE, failure, inEnvelope } from "../envelope.ts";
import { inPage, PAGE_QUERY, sendPage } from "../pages.ts";
import { REDIRECTION } from "../redirection.ts";
import type { ServerView } from "../server-view.ts";

const BY_ID = Type.Object({ id: Type.String({ description: "The client's id." }) });

/** Longer than any path of a stream. */
const MAX_PATH_LENGTH = 1_024;

const LIST_QUERY = Type.Object({
  ...PAGE_QUERY.properties,
  stream: Type.Optional(
    Type.String({
      maxLength: MAX_PATH_LENGTH,
      description: "Only the clients of the stream with this path, its publisher first.",
    }),
  ),
});

const TAGS = ["clients"];

export function clientRoutes(app: ApiServer, view: ServerView, serverId: string): void {
  const list = {
    schema: {
      tags: TAGS,
      summary: "All clients",
      querystring: LIST_QUERY,
      response: {
        200: inPage({
          clients: Type.Array(CLIENT, { description: "One part of them, in the order of their arrival." }),
        }),
      },
    },
  };
  app.get("/api/v1/clients", list, async ({ query }, reply) => {
    const { stream } = query;
    return sendPage(reply, query, {
      name: "clients",
      envelope: envelope(serverId),
      read: (start, count) =>
        stream === undefined ? view.clients(start, count) : view.clientsOf(stream, start, count),
    });
  });

  const one = {
    schema: {
      tags: TAGS,
      summary: "One client",
      params: BY_ID,
      response: { 200: inEnvelope({ client: CLIENT }), 404: FAILURE },
    },
  };
  app.get("/api/v1/clients/:id", one, async ({ params }, reply) => {
    const client = await view.client(params.id);
    if (client) return { ...envelope(serverId), client };
    const { status, body } = failure(serverId, "noClient");
    return reply.code(status).send(body);
  });

  const kick = {
    config: { scope: "control" as const },
    schema: {
      tags: TAGS,
      summary: "Tell a client that it is disconnected, and disconnect it",
      params: BY_ID,
      response: { 200: inEnvelope({}), 404: FAILURE },
    },
  };
  app.delete("/api/v1/clients/:id", kick, async ({ params }, reply) => {
    if ((await view.kick(params.id)) === "done") return envelope(serverId);
    const { status, body } = failure(serverId, "noClient");
    return reply.code(status).send(body);
  });

  const redirect = {
    config: { scope: "control" as const },
    schema: {
      tags: TAGS,
      summary: "Turn a client to another stream, or ask it to connect to another URL",
      params: BY_ID,
      body: REDIRECTION,
      response: { 200: inEnvelope({}), 404: FAILURE, 409: FAILURE },
    },
  };
  app.post("/api/v1/clients/:id/redirect", redirect, async (request, reply) => {
    const { params, body: to } = request;
    // The query of a URL may hold secrets.
    noteChange(request, { stream: to.stream });
    const outcome = await view.redirect(params.id, to);
    if (outcome === "done") return envelope(serverId);
    const { status, body } = failure(serverId, outcome === "absent" ? "noClient" : "notRedirected");
    return reply.code(status).send(body);
  });
}
