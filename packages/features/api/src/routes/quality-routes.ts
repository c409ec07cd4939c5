import type { Faults } from "@headgate/transport";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { envelope, FAILURE, failure, inEnvelope } from "../envelope.ts";
import { Followers } from "../quality/followers.ts";
import { HISTORY_SECONDS } from "../quality/history.ts";
import { QUALITY, QUALITY_EVENT, type QualityReply } from "../quality/quality-reply.ts";
import { SERVER_QUALITY, type ServerQualityReply } from "../quality/server-quality.ts";
import { object, type Schema, text } from "../schema.ts";
import type { Followed, ServerView } from "../server-view.ts";

interface Query {
  readonly seconds: number;
}

const QUERY: Schema<Query> = {
  type: "object",
  properties: {
    seconds: {
      type: "integer",
      minimum: 1,
      maximum: HISTORY_SECONDS,
      default: HISTORY_SECONDS,
      description: "How many of the newest seconds.",
    },
  },
};

const SERVER_REPLY: Schema<object> = inEnvelope(
  object<{ quality: ServerQualityReply }>({ quality: SERVER_QUALITY }),
);

const REPLY: Schema<object> = inEnvelope(object<{ quality: QualityReply }>({ quality: QUALITY }));

interface Options {
  readonly view: ServerView;
  readonly id: string;
  readonly faults: Faults;
}

/** The last ten minutes of a stream or a session; as server-sent events, each second from now on. */
export function qualityRoutes(app: FastifyInstance, { view, id: serverId, faults }: Options): void {
  const followers = new Followers(view, faults);
  const answer = async (
    request: FastifyRequest,
    reply: FastifyReply,
    followed: Followed,
  ): Promise<unknown> => {
    const fail = (what: Parameters<typeof failure>[1]): unknown => {
      const { status, body } = failure(serverId, what);
      return reply.code(status).send(body);
    };
    const isFollowing = request.method === "GET" && wantsEvents(request);
    const { seconds } = request.query as Query;
    const quality = await view.quality(followed, isFollowing ? 1 : seconds);
    if (quality === undefined) return fail(followed.kind === "stream" ? "noStream" : "noClient");
    if (quality === "no place") return fail("noHistory");
    if (!isFollowing) return { ...envelope(serverId), quality };
    if (!followers.hasRoomFor(request)) return fail("tooManyFollowers");
    followers.add(request, reply, followed, quality);
    return reply;
  };

  const server = {
    schema: {
      tags: ["server"],
      summary: "How the server has fared in the last ten minutes, second by second",
      querystring: QUERY,
      response: { 200: SERVER_REPLY, 503: FAILURE },
    },
  };
  app.get<{ Querystring: Query }>("/api/v1/quality/server", server, async ({ query }, reply) => {
    const quality = await view.serverQuality(query.seconds);
    if (quality) return { ...envelope(serverId), quality };
    const { status, body } = failure(serverId, "noHistory");
    return reply.code(status).send(body);
  });

  const stream = described("streams", "How a stream has fared in the last ten minutes, second by second", {
    "*": text("The stream's path, as live/cam."),
  });
  app.get<{ Params: { readonly "*": string } }>("/api/v1/quality/streams/*", stream, (request, reply) =>
    answer(request, reply, { kind: "stream", id: request.params["*"] }),
  );

  const client = described("clients", "How a client has fared in the last ten minutes, second by second", {
    id: text("The client's id."),
  });
  app.get<{ Params: { readonly id: string } }>("/api/v1/quality/clients/:id", client, (request, reply) =>
    answer(request, reply, { kind: "client", id: request.params.id }),
  );
}

function described(
  tag: string,
  summary: string,
  params: Readonly<Record<string, Schema<string>>>,
): { readonly schema: object } {
  const response = { 200: REPLY, 404: FAILURE, 503: FAILURE };
  return {
    schema: {
      tags: [tag],
      summary,
      params: object(params),
      querystring: QUERY,
      response,
      events: QUALITY_EVENT,
    },
  };
}

function wantsEvents({ headers }: FastifyRequest): boolean {
  return /(?:^|[\s,])text\/event-stream(?:$|[\s;,])/.test(headers.accept ?? "");
}
