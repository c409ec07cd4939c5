import { type AdminAuthentication, isChange } from "@headgate/http-server";
import type { FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { CallerGate, type CallerGateOptions } from "./caller-gate.ts";
import type { Caller } from "./scopes.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks, where that has to be shown. */
    caller: Caller | undefined;
  }
}

/**
 * Lets in requests of callers who may do what they ask for, and logs each change. Where nothing says who may, everybody is let
 * in.
 */
export function authentication(options: CallerGateOptions): AdminAuthentication {
  const { log } = options;
  return (server) => {
    const gate = new CallerGate(options);
    server.decorateRequest("caller", undefined);
    server.decorateRequest("changed", undefined);
    server.addHook("onRequest", (request, reply) => gate.judge(request, reply));
    server.addHook("onResponse", async (request, { statusCode }) => audit(log, request, statusCode));
  };
}

/** Answers to those who have not shown who they are: they change nothing. */
const UNKNOWN_CALLER = new Set([401, 429, 503]);

/** The path is the route's, with its parameters: a query may hold secrets. */
function audit(log: Logger, request: FastifyRequest, status: number): void {
  const { method, routeOptions, params, ip, caller, changed } = request;
  if (routeOptions.url === undefined || !isChange(request)) return;
  if (UNKNOWN_CALLER.has(status) && !caller) return;
  const who = { caller: caller?.name, by: caller?.by, remoteAddress: ip };
  const what = { route: routeOptions.url, ...(params as object), ...changed };
  log.info({ ...who, method, ...what, status }, "change asked for");
}
