import type { FastifyPluginAsync } from "fastify";
import type { ApiRoutesOptions } from "./every-route.ts";

/** The API for operators. Routes that are registered after it are in its description, too. */
export function apiRoutes(options: ApiRoutesOptions): FastifyPluginAsync {
  const routes: FastifyPluginAsync = async (server) => {
    // What describes them takes 20 MB, which workers and commands, who answer nothing, do without.
    const { everyRoute } = await import("./every-route.ts");
    everyRoute(server.withTypeProvider(), options);
  };
  // Its hook then is the whole server's.
  return Object.assign(routes, { [Symbol.for("skip-override")]: true });
}
