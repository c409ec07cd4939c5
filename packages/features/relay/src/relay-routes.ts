import type { RelayStatus } from "@headgate/relay";
import type { FastifyPluginAsync } from "fastify";

export interface RelaysReply {
  readonly relays: readonly RelayStatus[];
  readonly proxiedSessions: number;
}

export interface RelaysOptions {
  readonly relays: () => RelaysReply | Promise<RelaysReply>;
}

/** `GET /api/v1/relays`: every pull and push, and the number of proxied sessions. */
export const relayStatus: FastifyPluginAsync<RelaysOptions> = async (server, { relays }) => {
  server.get("/api/v1/relays", async () => relays());
};
