import type { FastifyPluginCallback } from "fastify";

/** `starting` until every listener is bound, `draining` from the request to end on: then no new clients are welcome. */
export type HealthStatus = "starting" | "ok" | "draining";

/**
 * GET /healthz: 200 while clients are served, 503 otherwise. GET /readyz: the same, but also 503 while new clients are not welcome:
 * for load balancers.
 */
export function health(version: string, status: () => HealthStatus): FastifyPluginCallback {
  return (app, _, done) => {
    const answer = (path: string, summary: string, isGood: (now: HealthStatus) => boolean): void => {
      const schema = { summary, tags: ["server"], response: { 200: REPLY, 503: REPLY } };
      app.get(path, { config: { scope: "open" }, schema }, (_, reply) => {
        const now = status();
        reply.header("cache-control", "no-store");
        return reply
          .code(isGood(now) ? 200 : 503)
          .send({ status: now, version, uptimeSeconds: Math.floor(process.uptime()) });
      });
    };
    answer("/healthz", "Whether clients are served", (now) => now !== "starting");
    answer("/readyz", "Whether new clients are welcome", (now) => now === "ok");
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
