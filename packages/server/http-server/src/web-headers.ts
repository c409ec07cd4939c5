import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { HttpPeer } from "@headgate/http";
import { namedInConnection } from "./web-refusal.ts";

/**
 * The headers of a request as the web server gets them. Headers that name the client are written here: what a client claims is
 * dropped, and what a trusted proxy says is continued.
 */
export function requestHeaders(
  { headers }: IncomingMessage,
  peer: HttpPeer,
  bodyLength: number | undefined,
): IncomingHttpHeaders {
  const hops = peer.hopsOf?.(headers) ?? [];
  return {
    "x-forwarded-for": [...hops, peer.remoteAddress].join(", "),
    "x-forwarded-proto": peer.isSecure ? "https" : "http",
    ...(headers.host !== undefined && { "x-forwarded-host": headers.host }),
    ...(bodyLength !== undefined && { "content-length": String(bodyLength) }),
    // After those above, because many servers read a limited number of headers.
    ...endToEnd(headers, (name) => name === "content-length" || isForwarding(name, peer)),
  };
}

/** The headers of a reply as the client gets them. */
export function replyHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return endToEnd(headers, () => false);
}

function endToEnd(headers: IncomingHttpHeaders, isDropped: (name: string) => boolean): IncomingHttpHeaders {
  const named = new Set(namedInConnection(headers.connection));
  // Kept even if Connection names it: without its length the reply would be a different one.
  named.delete("content-length");
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name) && !named.has(name) && !isDropped(name)),
  );
}

/** Headers of one connection, which are not passed on (RFC 9110 §7.6.1). Expect is answered here. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "expect",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Many web servers treat `X_Real_IP` and `X-Real-IP` alike; no proxy sends the former. */
function isForwarding(name: string, { hopsOf }: HttpPeer): boolean {
  const spelled = name.replaceAll("_", "-");
  return OURS.has(spelled) || (CLAIMS.test(spelled) && (!hopsOf || spelled !== name));
}

const OURS: ReadonlySet<string> = new Set([
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-forwarded-host",
]);

/** Other headers in which proxies name their clients. */
const CLAIMS = /^(x-forwarded(-.*)?|x-real-ip)$/;
