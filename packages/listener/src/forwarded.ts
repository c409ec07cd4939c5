import type { IncomingHttpHeaders } from "node:http";
import { type BlockList, isIP } from "node:net";
import { canonicalAddress, includes } from "./addresses.ts";

/**
 * Whose request it is that came through `peer`, as far as trusted proxies say so: the last address in Forwarded (RFC 7239)
 * or X-Forwarded-For that is not one of theirs. undefined if the peer is not trusted, or says nothing that can be used.
 */
export function forwardedClient(
  headers: IncomingHttpHeaders,
  peer: string,
  trustedProxies: BlockList,
): string | undefined {
  if (!includes(trustedProxies, peer)) return undefined;
  const { forwarded } = headers;
  const hops = forwarded === undefined ? hopsOf(headers["x-forwarded-for"]) : forwardedHops(forwarded);
  let client: string | undefined;
  for (const hop of hops.reverse()) {
    const address = addressOf(hop);
    if (address === undefined) break;
    client = address;
    if (!includes(trustedProxies, address)) break;
  }
  return client;
}

/** `for=192.0.2.1;proto=http, for="[2001:db8::1]:4711"` */
function forwardedHops(text: string): string[] {
  return hopsOf(text).map((hop) => /(?:^|;)\s*for="?([^";]+)"?/i.exec(hop)?.[1] ?? "");
}

function hopsOf(text: string | readonly string[] = ""): string[] {
  return String(text).split(",");
}

/** With or without a port; an IPv6 address with a port is in brackets. */
function addressOf(hop: string): string | undefined {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:]+|.*:.*:.*))(?::\d+)?$/.exec(hop.trim()) ?? [];
  const address = bracketed ?? plain ?? "";
  return isIP(address) === 0 ? undefined : canonicalAddress(address);
}
