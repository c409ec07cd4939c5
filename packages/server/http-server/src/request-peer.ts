import type { IncomingMessage } from "node:http";
import { clientOf, type HttpPeer } from "@headgate/http";
import type { FastifyInstance, FastifyRequest } from "fastify";

/** The client of a request. */
export interface RequestPeer {
  /** The client's also behind a trusted proxy. Its port is unknown there, and 0. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Whether the connection to this server has TLS. */
  readonly isSecure: boolean;
  /** The peer of the connection, which may be a proxy. */
  readonly connection: HttpPeer;
}

declare module "fastify" {
  interface FastifyRequest {
    readonly peer: RequestPeer;
  }
}

const connectionPeers = new WeakMap<IncomingMessage, HttpPeer>();

/** To be called before the request is routed. */
export function setConnectionPeer(request: IncomingMessage, peer: HttpPeer): void {
  connectionPeers.set(request, peer);
}

/** Gives requests their `peer`. */
export function addPeers(server: FastifyInstance): void {
  server.decorateRequest("peer", {
    getter(this: FastifyRequest): RequestPeer {
      const connection = connectionPeers.get(this.raw) ?? injectedPeer(this.raw);
      return { ...clientOf(connection, this.raw.headers), isSecure: connection.isSecure, connection };
    },
  });
}

/** A request of `inject()` has no connection. */
function injectedPeer({ socket }: IncomingMessage): HttpPeer {
  return { isSecure: false, remoteAddress: socket.remoteAddress ?? "", remotePort: 0 };
}
