import type { FastifyPluginCallback } from "fastify";
import type { RelayStatus } from "./relay-status.ts";

export interface RelaysReply {
  readonly relays: readonly RelayStatus[];
  readonly proxiedSessions: number;
}

/** `GET /api/v1/relays`: every pull and push, and the number of proxied sessions. */
export function relayRoutes(read: () => RelaysReply | Promise<RelaysReply>): FastifyPluginCallback {
  return (app, _, done) => {
    app.get("/api/v1/relays", async () => read());
    done();
  };
}
