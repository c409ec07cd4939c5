import { isIP } from "node:net";
import type { FastifyInstance } from "fastify";

export interface AdminHostOptions {
  /** The host names for which the server answers, besides addresses and localhost. */
  readonly names: () => readonly string[];
}

/**
 * Refuses requests for another host name. A web page can point its own name at 127.0.0.1 (DNS rebinding), and its scripts could
 * then read the replies; but the name that the page was loaded from stays in the Host header.
 */
export function refuseForeignHosts(server: FastifyInstance, { names }: AdminHostOptions): void {
  server.addHook("onRequest", (request, reply, done) => {
    const host = hostOf(request.raw.headers.host ?? "");
    // Browsers always send a Host header. Health checks in HTTP/1.0 do not.
    if (host === "" || host === "localhost" || isIP(host) !== 0 || names().some(isSame(host))) return done();
    reply
      .code(421)
      .type("text/plain; charset=utf-8")
      .send(
        "This server does not answer for that host name; admin.hosts in its configuration lists its names.\n",
      );
  });
}

function isSame(host: string): (name: string) => boolean {
  return (name) => name.toLowerCase() === host;
}

/** Without the port, the brackets of an IPv6 address, and a trailing dot. */
function hostOf(text: string): string {
  return text
    .trim()
    .replace(/:\d*$/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "")
    .toLowerCase();
}
