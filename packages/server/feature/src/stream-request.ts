import type { PlayerRequest } from "@headgate/gateway";
import type { RequestPeer, StreamRequest } from "@headgate/http-server";

/** The request as the policies are asked about it. */
export function playerRequest(
  { peer, headers, url }: StreamRequest,
  play: Pick<PlayerRequest, "path" | "bytesSent" | "onKicked">,
): PlayerRequest {
  return { ...clientOf({ peer, headers, url }), transport: peer.isSecure ? "https" : "http", ...play };
}

/** What a request says of its client, and its credentials. */
export function clientOf({
  peer,
  headers,
  url,
}: Pick<StreamRequest, "peer" | "headers" | "url">): Omit<
  PlayerRequest,
  "path" | "bytesSent" | "onKicked" | "transport"
> {
  const { remoteAddress, remotePort }: RequestPeer = peer;
  const [, query = ""] = /\?(.*)$/s.exec(url) ?? [];
  return {
    remoteAddress,
    remotePort,
    host: hostOf(headers.host),
    query,
    pageUrl: headers.referer ?? "",
    client: headers["user-agent"] ?? "",
  };
}

/** Without the port. */
export function hostOf(header = ""): string {
  return /^(?:\[[^\]]*\]|[^:]*)/.exec(header)![0].toLowerCase();
}

/** Whether a request wants to have something, or to know whether it may. */
export function isReading({ method }: Pick<StreamRequest, "method">): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}
