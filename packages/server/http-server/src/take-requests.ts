import type { Server, ServerOptions, ServerResponse } from "node:http";
import { type Faults, Guard } from "@headgate/transport";
import { CompactRequest } from "./compact-request.ts";
import type { HttpConnections } from "./http-connections.ts";
import { KEEP_ALIVE_MS } from "./limits.ts";

/** A server of node:http with the requests that `takeRequests` needs. */
export type CompactServer = Server<typeof CompactRequest>;

/** The options of such a server: it answers no request by itself, and HttpConnections has the timeouts. */
export const TAKES_REQUESTS: ServerOptions<typeof CompactRequest> = {
  IncomingMessage: CompactRequest,
  requireHostHeader: false,
  headersTimeout: 0,
  requestTimeout: 0,
  keepAliveTimeout: KEEP_ALIVE_MS,
};

type Handle<Peer> = (guard: Guard, request: CompactRequest, response: ServerResponse, peer: Peer) => void;

/**
 * Has the connections count each request of a server before it is handled. What node:http would answer by itself is answered
 * here, so that it counts, too.
 */
export function takeRequests<Peer extends { readonly remoteAddress: string }>(
  server: CompactServer,
  connections: HttpConnections<Peer>,
  faults: Faults,
  handle: Handle<Peer>,
): void {
  const take = (onTurn: Handle<Peer>) => (request: CompactRequest, response: ServerResponse) => {
    const guard = new Guard(faults, "request", () => response.destroy());
    guard.run(() => {
      // A response whose connection is gone reports an error, which is expected here.
      response.on("error", () => {});
      connections.begin(guard, request, response, (peer) => {
        // RFC 9112 §3.2. Where the message ends is in doubt.
        if (lacksHost(request)) response.writeHead(400, { Connection: "close" }).end();
        else onTurn(guard, request, response, peer);
      });
    });
  };
  server.on("request", take(handle));
  server.on(
    "checkContinue",
    take((guard, request, response, peer) => {
      response.writeContinue();
      handle(guard, request, response, peer);
    }),
  );
  server.on(
    "checkExpectation",
    take((_, __, response) => response.writeHead(417).end()),
  );
}

function lacksHost({ httpVersion, headers }: CompactRequest): boolean {
  return httpVersion === "1.1" && headers.host === undefined;
}
