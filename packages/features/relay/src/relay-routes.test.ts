import { fastify } from "fastify";
import { expect, test } from "vitest";
import { relayRoutes } from "./relay-routes.ts";

test("GET /api/v1/relays tells every relay", async () => {
  const relay = { kind: "pull", stream: "live/a", target: "rtmp://h/live", state: "running" } as const;
  const relays = [{ ...relay, bytes: 0, retries: 0, lastError: undefined }];
  const server = fastify();
  server.register(relayRoutes(() => ({ relays, proxiedSessions: 3 })));
  const reply = await server.inject("/api/v1/relays");
  await server.close();
  expect(reply.json()).toEqual({ relays: [{ ...relay, bytes: 0, retries: 0 }], proxiedSessions: 3 });
});
