import type { FastifyInstance, FastifyRequest } from "fastify";
import { isChange } from "./route-scope.ts";

/**
 * Refuses what a page of another site makes a browser ask for, if it changes something: the browser would reach a server that
 * its user can reach. Browsers say where a request comes from, in `Sec-Fetch-Site` or at least in `Origin`; programs say neither.
 */
export function refuseForeignPages(server: FastifyInstance): void {
  server.addHook("onRequest", (request, reply, done) => {
    if (!isChange(request) || !isForeign(request)) return done();
    reply
      .code(403)
      .type("text/plain; charset=utf-8")
      .send("A page of another site cannot change anything here.\n");
  });
}

function isForeign({ headers }: FastifyRequest): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  return headers.origin !== undefined && urlIn(headers.origin)?.host !== headers.host;
}

/**
 * Whether a page of another site makes a browser ask. Pages of other hosts of the same site may; browsers do not tell a server on an
 * unsafe address which those are, so to it they are foreign as well.
 */
export function isOfForeignSite({ headers }: Pick<FastifyRequest, "headers">): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site === "cross-site";
  const { origin, host } = headers;
  return origin !== undefined && urlIn(origin)?.hostname !== urlIn(`http://${host}`)?.hostname;
}

/** Undefined for `null` and what is no URL: they are of no host. */
function urlIn(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
