import type { RelayStatus } from "@headgate/relay";
import type { FastifyPluginAsync } from "fastify";

export interface RelaysReply {
  readonly relays: readonly RelayStatus[];
  readonly proxiedSessions: number;
}

export interface RelaysOptions {
  readonly relays: () => RelaysReply | Promise<RelaysReply>;
}

/** `GET /api/v1/relays`: every stream that is fetched or sent on, and how many sessions are passed on. */
export const relayStatus: FastifyPluginAsync<RelaysOptions> = async (server, { relays }) => {
  server.get("/api/v1/relays", async () => relays());
};
