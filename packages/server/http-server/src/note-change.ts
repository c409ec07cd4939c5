import type { FastifyRequest } from "fastify";

declare module "fastify" {
  interface FastifyRequest {
    /** What a change is about, if its path does not say it. */
    changed: object | undefined;
  }
}

/** Says for the log what a change is about, if its path does not say it; so without secrets. */
export function noteChange(request: FastifyRequest, what: object): void {
  request.changed = what;
}
