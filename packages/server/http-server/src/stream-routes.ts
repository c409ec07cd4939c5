import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

/** A request for a path that may be that of a stream. */
interface StreamRoute {
  readonly Params: { readonly "*": string };
  readonly Querystring: Readonly<Record<string, unknown>>;
}

export type StreamRequest = FastifyRequest<StreamRoute>;

/** Answers some of the requests for paths of streams, on the ports of clients. */
export interface StreamAnswers {
  isAsked(request: StreamRequest): boolean;
  /** Resolves with false if it has no answer after all: the next one is asked. */
  answer(request: StreamRequest, reply: FastifyReply): Promise<boolean>;
  /** Whether a WebSocket may be opened at this path, decoded. The request for it is answered like any other. */
  takesWebSocket?(path: string, host: string | undefined): boolean;
}

/** Pages of any site may show what their visitors may play. */
const PREFLIGHT = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, HEAD, POST, PUT, OPTIONS",
  "access-control-allow-headers": "Content-Type, Range, If-Range, If-None-Match, If-Modified-Since",
  "access-control-max-age": "86400",
};

/** Routes for all paths. What is for none of them, or has no answer, is left to the web server. */
export function routeStreams(app: FastifyInstance, all: readonly StreamAnswers[]): void {
  // Bodies are read by what is asked.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_, __, done) => done(null));
  app.route<StreamRoute>({
    method: ["GET", "POST", "PUT"],
    url: "/*",
    handler: async (request, reply) => {
      for (const each of all) if (each.isAsked(request) && (await each.answer(request, reply))) return reply;
      reply.callNotFound();
      return reply;
    },
  });
  app.options<StreamRoute>("/*", async (request, reply) => {
    if (all.some((each) => each.isAsked(request))) reply.code(204).headers(PREFLIGHT).send();
    else reply.callNotFound();
    return reply;
  });
}
