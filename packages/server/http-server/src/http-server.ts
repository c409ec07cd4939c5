import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpPeer } from "@headgate/http";
import { type FastifyInstance, fastify } from "fastify";
import type { Logger } from "pino";
import { type HealthOptions, health } from "./health.ts";
import { type RequestFaultsOptions, reportRequestFaults } from "./request-faults.ts";
import { passToWebServer } from "./web-proxy.ts";

const NOTICE =
  "This port is for RTMP: open it with an encoder or a player, as rtmp:// or rtmps://, not with a browser.\n";

export interface PublicServerOptions extends HealthOptions, RequestFaultsOptions {
  /** Gets every request that has no route here. */
  readonly webServer: URL | undefined;
  readonly log: Logger;
}

/** Answers HTTP requests on the media ports that are not a tunnel's. */
export interface PublicServer {
  handle(request: IncomingMessage, response: ServerResponse, peer: HttpPeer): void;
  close(): Promise<void>;
}

/** It does not listen itself. It logs no URLs: they may hold secrets. */
export async function createPublicServer(options: PublicServerOptions): Promise<PublicServer> {
  const { webServer } = options;
  const peers = new WeakMap<IncomingMessage, HttpPeer>();
  const server = fastify({
    return503OnClosing: false,
    exposeHeadRoutes: true,
    // A client that takes this for a forward proxy sends the whole URL; only its path counts.
    rewriteUrl: ({ url = "/" }) => url.replace(/^https?:\/\/[^/?#]*/i, "").replace(/^(?=\?|$)/, "/"),
  });
  // The web server's failures are not faults, so each part has its own error handler.
  server.register(async (own) => {
    reportRequestFaults(own, options);
    await own.register(health, options);
  });
  if (webServer) passToWebServer(server, { ...options, webServer, peerOf: (request) => peers.get(request)! });
  else giveNotice(server, options);
  await server.ready();
  return {
    handle: (request, response, peer) => {
      peers.set(request, peer);
      server.routing(request, response);
    },
    close: () => server.close(),
  };
}

function giveNotice(server: FastifyInstance, options: RequestFaultsOptions): void {
  reportRequestFaults(server, options);
  // Bodies are read and dropped, so that the reply gets through.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", (_, payload, done) => {
    payload.once("end", () => done(null)).once("error", done);
    payload.resume();
  });
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
}
