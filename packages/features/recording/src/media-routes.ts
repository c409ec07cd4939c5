import type { FastifyPluginCallback, FastifyReply } from "fastify";
import { OPEN_TO_PAGES } from "./downloading/download.ts";
import type { MediaRequest, MediaRoute } from "./downloading/media-request.ts";

/** What answers some of the requests for paths that are those of streams. */
export interface MediaAnswers {
  isAsked(request: MediaRequest): boolean;
  answer(request: MediaRequest, reply: FastifyReply): Promise<void>;
}

/** Methods and headers that pages of other sites may use. */
const PREFLIGHT = {
  ...OPEN_TO_PAGES,
  "access-control-allow-methods": "GET, HEAD, OPTIONS",
  "access-control-allow-headers": "Range, If-Range, If-None-Match, If-Modified-Since",
  "access-control-max-age": "86400",
};

/** Routes for the ports of clients: the first that is asked answers. What is for none of them is left to the web server. */
export function mediaRoutes(all: readonly MediaAnswers[]): FastifyPluginCallback {
  return (app, _, done) => {
    app.get<MediaRoute>("/*", async (request, reply) => {
      const asked = all.find((each) => each.isAsked(request));
      if (asked) await asked.answer(request, reply);
      else reply.callNotFound();
      return reply;
    });
    app.options<MediaRoute>("/*", async (request, reply) => {
      if (all.some((each) => each.isAsked(request))) reply.code(204).headers(PREFLIGHT).send();
      else reply.callNotFound();
      return reply;
    });
    done();
  };
}
