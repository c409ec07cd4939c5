import type { Relays } from "@headgate/relay";
import type { FastifyPluginAsync } from "fastify";

export interface RelaysOptions {
  readonly relays: Pick<Relays, "status" | "proxiedSessions">;
}

/** `GET /api/v1/relays`: every stream that is fetched or sent on, and how many sessions are passed on. */
export const relayStatus: FastifyPluginAsync<RelaysOptions> = async (server, { relays }) => {
  server.get("/api/v1/relays", async () => ({
    relays: relays.status,
    proxiedSessions: relays.proxiedSessions,
  }));
};
