import type { FastifyRequest } from "fastify";

/** What a token must allow for a route of the admin server. `open` needs no token. */
export type RouteScope = "open" | "read" | "control" | "config";

declare module "fastify" {
  interface FastifyContextConfig {
    readonly scope?: RouteScope;
  }
}

/** What the route says; else a request that reads needs `read`, and any other one `control`. */
export function scopeOf(method: string, config: { readonly scope?: RouteScope } | undefined): RouteScope {
  return config?.scope ?? (isReading(method) ? "read" : "control");
}

/** Whether a request changes something. Some of nginx-rtmp's do although they are GETs. */
export function isChange({ method, routeOptions }: FastifyRequest): boolean {
  return !isReading(method) || scopeOf(method, routeOptions.config) === "control";
}

function isReading(method: string): boolean {
  return method === "GET" || method === "HEAD";
}
