import type { Faults } from "@headgate/transport";
import type { FastifyReply, FastifyRequest } from "fastify";
import { type TProperties, Type } from "typebox";
import type { ApiServer } from "../described.ts";
import { envelope, FAILURE, failure, inEnvelope } from "../envelope.ts";
import { Followers } from "../quality/followers.ts";
import { HISTORY_SECONDS } from "../quality/history.ts";
import { QUALITY, QUALITY_EVENT } from "../quality/quality-reply.ts";
import { SERVER_QUALITY } from "../quality/server-quality-reply.ts";
import type { Followed, ServerView } from "../server-view.ts";

const QUERY = Type.Object({
  seconds: Type.Integer({
    minimum: 1,
    maximum: HISTORY_SECONDS,
    default: HISTORY_SECONDS,
    description: "How many of the newest seconds.",
  }),
});

const REPLY = inEnvelope({ quality: QUALITY });

interface Options {
  readonly view: ServerView;
  readonly id: string;
  readonly faults: Faults;
}

/** The last ten minutes of a stream or a session; as server-sent events, each second from now on. */
export function qualityRoutes(app: ApiServer, { view, id: serverId, faults }: Options): void {
  const followers = new Followers(view, faults);
  const answer = async (
    request: FastifyRequest,
    reply: FastifyReply,
    followed: Followed,
    seconds: number,
  ): Promise<FastifyReply> => {
    const fail = (what: Parameters<typeof failure>[1]): FastifyReply => {
      const { status, body } = failure(serverId, what);
      return reply.code(status).send(body);
    };
    const isFollowing = request.method === "GET" && wantsEvents(request);
    const quality = await view.quality(followed, isFollowing ? 1 : seconds);
    if (quality === undefined) return fail(followed.kind === "stream" ? "noStream" : "noClient");
    if (quality === "no place") return fail("noHistory");
    if (!isFollowing) return reply.send({ ...envelope(serverId), quality });
    if (!followers.hasRoomFor(request)) return fail("tooManyFollowers");
    followers.add(request, reply, followed, quality);
    return reply;
  };

  const server = {
    schema: {
      tags: ["server"],
      summary: "How the server has fared in the last ten minutes, second by second",
      querystring: QUERY,
      response: { 200: inEnvelope({ quality: SERVER_QUALITY }), 503: FAILURE },
    },
  };
  app.get("/api/v1/quality/server", server, async ({ query }, reply) => {
    const quality = await view.serverQuality(query.seconds);
    if (quality) return { ...envelope(serverId), quality };
    const { status, body } = failure(serverId, "noHistory");
    return reply.code(status).send(body);
  });

  const stream = described("streams", "How a stream has fared in the last ten minutes, second by second", {
    "*": Type.String({ description: "The stream's path, as live/cam." }),
  });
  app.get("/api/v1/quality/streams/*", stream, async (request, reply) =>
    answer(request, reply, { kind: "stream", id: request.params["*"] }, request.query.seconds),
  );

  const client = described("clients", "How a client has fared in the last ten minutes, second by second", {
    id: Type.String({ description: "The client's id." }),
  });
  app.get("/api/v1/quality/clients/:id", client, async (request, reply) =>
    answer(request, reply, { kind: "client", id: request.params.id }, request.query.seconds),
  );
}

function described<Params extends TProperties>(tag: string, summary: string, params: Params) {
  return {
    schema: {
      tags: [tag],
      summary,
      params: Type.Object(params),
      querystring: QUERY,
      response: { 200: REPLY, 404: FAILURE, 503: FAILURE },
      events: QUALITY_EVENT,
    },
  };
}

function wantsEvents({ headers }: FastifyRequest): boolean {
  return /(?:^|[\s,])text\/event-stream(?:$|[\s;,])/.test(headers.accept ?? "");
}
