import type { PlayerRequest } from "@headgate/gateway";
import type { RequestPeer } from "@headgate/http-server";
import type { FastifyRequest } from "fastify";

/** What a route for all paths knows of a request. */
export interface MediaRoute {
  readonly Params: { readonly "*": string };
  readonly Querystring: { readonly start?: unknown };
}

export type MediaRequest = FastifyRequest<MediaRoute>;

/** The request as the policies are asked about it. */
export function playerRequest(
  { peer, headers, url }: MediaRequest,
  play: Pick<PlayerRequest, "path" | "bytesSent" | "onKicked">,
): PlayerRequest {
  const { remoteAddress, remotePort, isSecure }: RequestPeer = peer;
  const [, query = ""] = /\?(.*)$/s.exec(url) ?? [];
  return {
    transport: isSecure ? "https" : "http",
    remoteAddress,
    remotePort,
    host: hostOf(headers.host),
    query,
    pageUrl: headers.referer ?? "",
    client: headers["user-agent"] ?? "",
    ...play,
  };
}

/** Without the port. */
export function hostOf(header = ""): string {
  return /^(?:\[[^\]]*\]|[^:]*)/.exec(header)![0].toLowerCase();
}
