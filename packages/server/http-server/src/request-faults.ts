import type { Faults } from "@headgate/transport";
import type { FastifyInstance } from "fastify";

export interface RequestFaultsOptions {
  readonly faults: Faults;
}

/** Answers 500 for an error of our own in a handler, and counts it. Errors of the client are answered as they are. */
export function reportRequestFaults(server: FastifyInstance, { faults }: RequestFaultsOptions): void {
  server.setErrorHandler((error: Error & { readonly statusCode?: number }, _, reply) => {
    const { statusCode = 500 } = error;
    if (statusCode < 500) return reply.send(error);
    faults.report("request", error);
    return reply.code(500).type("text/plain; charset=utf-8").send("An internal error was logged.\n");
  });
}
