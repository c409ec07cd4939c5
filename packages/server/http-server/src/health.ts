import type { FastifyPluginCallback } from "fastify";

/** `starting` until every listener is bound, `draining` after the signal to end: then no new clients are welcome. */
export type HealthStatus = "starting" | "ok" | "draining";

/** GET /healthz: 200 while new clients are welcome, 503 otherwise. */
export function health(version: string, status: () => HealthStatus): FastifyPluginCallback {
  return (app, _, done) => {
    app.get("/healthz", { schema: { response: { 200: REPLY, 503: REPLY } } }, (_, reply) => {
      reply.header("cache-control", "no-store");
      return reply.code(status() === "ok" ? 200 : 503).send({
        status: status(),
        version,
        uptimeSeconds: Math.floor(process.uptime()),
      });
    });
    done();
  };
}

const REPLY = {
  type: "object",
  required: ["status", "version", "uptimeSeconds"],
  properties: {
    status: { type: "string", enum: ["starting", "ok", "draining"] },
    version: { type: "string" },
    uptimeSeconds: { type: "integer" },
  },
};
