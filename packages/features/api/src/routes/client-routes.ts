import { noteChange } from "@headgate/http-server";
import type { FastifyInstance } from "fastify";
import { CLIENT, CLIENTS, type ClientReply } from "../client-reply.ts";
import { envelope, FAILURE, failure, inEnvelope } from "../envelope.ts";
import { PAGE_QUERY, type PageQuery, sendPage } from "../pages.ts";
import { object, type Schema, text } from "../schema.ts";
import type { Redirection, ServerView } from "../server-view.ts";

interface ById {
  readonly Params: { readonly id: string };
}

const BY_ID = object<{ id: string }>({ id: text("The client's id.") });

/** Longer than any path of a stream. */
const MAX_PATH_LENGTH = 1_024;

interface ListQuery extends PageQuery {
  readonly stream?: string;
}

const LIST_QUERY: Schema<ListQuery> = {
  ...PAGE_QUERY,
  properties: {
    ...(PAGE_QUERY.properties as object),
    stream: {
      type: "string",
      maxLength: MAX_PATH_LENGTH,
      description: "Only the clients of the stream with this path, its publisher first.",
    },
  },
};

const ONE: Schema<object> = inEnvelope(object<{ client: ClientReply }>({ client: CLIENT }));
const TAGS = ["clients"];

/** Longer than any path of a stream, and than URLs with tokens. */
const MAX_TARGET_LENGTH = 4_096;

const REDIRECTION: Schema<Redirection> = {
  type: "object",
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
  properties: {
    stream: {
      type: "string",
      minLength: 1,
      maxLength: MAX_TARGET_LENGTH,
      description: "The path of a stream: what the client plays is turned to it, whatever the policies say.",
    },
    url: {
      type: "string",
      pattern: "^rtmp[tes]*://",
      maxLength: MAX_TARGET_LENGTH,
      description: "Where the client is to connect again. Only clients with can_reconnect do.",
    },
  },
};

export function clientRoutes(app: FastifyInstance, view: ServerView, serverId: string): void {
  const list = {
    schema: {
      tags: TAGS,
      summary: "All clients",
      querystring: LIST_QUERY,
      response: { 200: inEnvelope(CLIENTS) },
    },
  };
  app.get<{ Querystring: ListQuery }>("/api/v1/clients", list, async ({ query }, reply) => {
    const { stream } = query;
    return sendPage(reply, query, {
      name: "clients",
      envelope: envelope(serverId),
      read: (start, count) =>
        stream === undefined ? view.clients(start, count) : view.clientsOf(stream, start, count),
    });
  });

  const one = {
    schema: { tags: TAGS, summary: "One client", params: BY_ID, response: { 200: ONE, 404: FAILURE } },
  };
  app.get<ById>("/api/v1/clients/:id", one, async ({ params }, reply) => {
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
  app.delete<ById>("/api/v1/clients/:id", kick, async ({ params }, reply) => {
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
  app.post<ById & { Body: Redirection }>("/api/v1/clients/:id/redirect", redirect, async (request, reply) => {
    const { params, body: to } = request;
    // The query of a URL may hold secrets.
    noteChange(request, { stream: to.stream });
    const outcome = await view.redirect(params.id, to);
    if (outcome === "done") return envelope(serverId);
    const { status, body } = failure(serverId, outcome === "absent" ? "noClient" : "notRedirected");
    return reply.code(status).send(body);
  });
}
