import type { FastifyPluginCallback } from "fastify";
import { VERSION } from "./version.ts";

/** `starting` until every listener is bound, `draining` after the signal to end: then no new clients are welcome. */
export type HealthStatus = "starting" | "ok" | "draining";

export interface HealthOptions {
  readonly status: () => HealthStatus;
}

/** GET /healthz: 200 while new clients are welcome, 503 otherwise. */
export const health: FastifyPluginCallback<HealthOptions> = (app, { status }, done) => {
  app.get("/healthz", { schema: { response: { 200: REPLY, 503: REPLY } } }, (_, reply) => {
    reply.header("cache-control", "no-store");
    return reply.code(status() === "ok" ? 200 : 503).send({
      status: status(),
      version: VERSION,
      uptimeSeconds: Math.floor(process.uptime()),
    });
  });
  done();
};

const REPLY = {
  type: "object",
  required: ["status", "version", "uptimeSeconds"],
  properties: {
    status: { type: "string", enum: ["starting", "ok", "draining"] },
    version: { type: "string" },
    uptimeSeconds: { type: "integer" },
  },
};
