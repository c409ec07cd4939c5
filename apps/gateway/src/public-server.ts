import { type FastifyInstance, fastify } from "fastify";
import { type HealthOptions, health } from "./health.ts";
import { type RequestFaultsOptions, reportRequestFaults } from "./request-faults.ts";

const NOTICE =
  "This port is for RTMP: open it with an encoder or a player, as rtmp:// or rtmps://, not with a browser.\n";

/**
 * What HTTP requests that are no tunnel's find on the ports for media. It listens nowhere itself: requests are handed to its
 * `routing`. It logs nothing: URLs may hold secrets.
 */
export function createPublicServer(options: HealthOptions & RequestFaultsOptions): FastifyInstance {
  const server = fastify({ return503OnClosing: false, exposeHeadRoutes: true });
  // Bodies are read, so that the reply gets through, and forgotten.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", (_, payload, done) => {
    payload.once("end", () => done(null)).once("error", done);
    payload.resume();
  });
  reportRequestFaults(server, options);
  server.register(health, options);
  server.setNotFoundHandler((_, reply) =>
    reply
      .code(404)
      .headers({
        "content-type": "text/plain; charset=utf-8",
        "cache-control": "no-store",
        connection: "close",
      })
      .send(NOTICE),
  );
  return server;
}
