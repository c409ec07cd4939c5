import type { IncomingHttpHeaders } from "node:http";
import { type BlockList, isIP } from "node:net";
import { canonicalAddress, includes } from "./addresses.ts";
import { MAX_FORWARDED_HOPS } from "./limits.ts";

/** The header in which a trusted proxy names the client. */
export type ForwardedHeader = "X-Forwarded-For" | "Forwarded";

export interface TrustedProxies {
  readonly addresses: BlockList;
  /** The header that they write. A client can send the other one, which they pass on unread. */
  readonly header: ForwardedHeader;
}

/**
 * Reads the addresses through which a request has come to `peer`: the client's first, then those of trusted proxies. Empty if
 * the header has no usable address. Undefined if the peer is not a trusted proxy.
 */
export function forwardedHops(
  peer: string,
  { addresses, header }: TrustedProxies,
): ((headers: IncomingHttpHeaders) => readonly string[]) | undefined {
  if (!includes(addresses, peer)) return undefined;
  return (headers) => {
    const text = String(headers[header === "Forwarded" ? "forwarded" : "x-forwarded-for"] ?? "");
    const hops: string[] = [];
    for (const element of elementsFromTheEnd(text)) {
      const address = addressOf(header === "Forwarded" ? nodeOf(element) : element);
      if (address === undefined) break;
      hops.unshift(address);
      // This address may have invented the entries before it.
      if (!includes(addresses, address) || hops.length === MAX_FORWARDED_HOPS) break;
    }
    return hops;
  };
}

/**
 * The elements of a list, the last one first: that one is the trusted proxy's, and nothing that a client wrote before it, such
 * as a quotation mark that is never closed, can change where it begins.
 */
function* elementsFromTheEnd(text: string): Generator<string> {
  let end = text.length;
  let isQuoted = false;
  for (let index = end - 1; index >= 0; index -= 1) {
    if (text[index] === '"' && !(isQuoted && isEscaped(text, index))) isQuoted = !isQuoted;
    if (text[index] !== "," || isQuoted) continue;
    yield text.slice(index + 1, end).trim();
    end = index;
  }
  yield text.slice(0, end).trim();
}

function isEscaped(text: string, index: number): boolean {
  let start = index;
  while (text[start - 1] === "\\") start -= 1;
  return (index - start) % 2 === 1;
}

/** The `for` of `for="[2001:db8::1]:4711";proto=http` (RFC 7239 §4). */
function nodeOf(element: string): string {
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < element.length) {
    const [, name, quoted, plain] = PAIR.exec(element) ?? [];
    if (PAIR.lastIndex === 0) return "";
    if (name?.toLowerCase() === "for") return quoted ?? plain ?? "";
  }
  return "";
}

/** A pair may be missing between two semicolons. Spaces have one place only: with two it would take seconds for many of them. */
const PAIR = /[ \t]*(?:([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([^";,\s]*))[ \t]*)?(?:;|$)/y;

/** The longest IPv6 address, with a zone, brackets and a port. */
const MAX_HOP_LENGTH = 80;

/** With or without a port; an IPv6 address with a port is in brackets. */
function addressOf(hop: string): string | undefined {
  if (hop.length > MAX_HOP_LENGTH) return undefined;
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:]+|.*:.*:.*))(?::\d+)?$/.exec(hop) ?? [];
  const address = bracketed ?? plain ?? "";
  return isIP(address) === 0 ? undefined : canonicalAddress(address);
}
