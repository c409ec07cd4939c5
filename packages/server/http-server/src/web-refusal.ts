import type { IncomingMessage } from "node:http";

/** Why a request is not passed on. */
export interface WebRefusal {
  readonly status: 400 | 405 | 501 | 505;
  readonly text: string;
}

/**
 * Refuses requests that two HTTP servers might read differently (RFC 9112 §11.2): the end of one request could then be taken
 * for the beginning of another client's. node:http refuses most of them before; the rest is refused here.
 */
export function webRefusal(request: IncomingMessage): WebRefusal | undefined {
  const { method = "", url = "", headers } = request;
  const count = (name: string): number =>
    request.rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === name).length;
  const hasLength = headers["content-length"] !== undefined;
  const hasCoding = headers["transfer-encoding"] !== undefined;

  if (REFUSED_METHODS.has(method)) return { status: 405, text: "This method is not allowed." };
  if (!VERSIONS.has(request.httpVersion)) return { status: 505, text: "The version of HTTP must be 1.1." };
  if (!TARGET.test(url)) return bad("The path contains invalid characters.");
  if (count("host") > 1 || !HOST.test(headers.host ?? "")) return bad("The host is not valid.");
  if (namedInConnection(headers.connection).some((name) => END_TO_END.has(name)))
    return bad("Connection names a header that must not be removed.");
  if (count("content-length") > 1 || (hasLength && !/^\d+$/.test(headers["content-length"]!)))
    return bad("The length of the body is not valid.");
  if (hasLength && hasCoding) return bad("The length of the body is given twice.");
  if (hasCoding && request.httpVersion !== "1.1") return bad("HTTP/1.0 has no Transfer-Encoding.");
  if (
    hasCoding &&
    (count("transfer-encoding") > 1 || headers["transfer-encoding"]!.toLowerCase() !== "chunked")
  )
    return { status: 501, text: "The only supported Transfer-Encoding is chunked." };
  if (BODILESS_METHODS.has(method) && (hasCoding || Number(headers["content-length"] ?? 0) > 0))
    return bad(`${method} requests with a body are not passed on.`);
  return undefined;
}

/** The names in a Connection header, in small letters. */
export function namedInConnection(connection: string | readonly string[] | undefined): string[] {
  return String(connection ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

const REFUSED_METHODS: ReadonlySet<string> = new Set(["CONNECT", "TRACE"]);

const VERSIONS: ReadonlySet<string> = new Set(["1.0", "1.1"]);

/** A body has no meaning with these methods, and some servers take it for the next request (RFC 9110 §9.3.1, §9.3.2). */
const BODILESS_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/** A path and a query, of characters allowed in a URL; a fragment never reaches a server. */
const TARGET = /^\/[!"$-~]*$/;

/** What is allowed in the authority of a URL. */
const HOST = /^[\w.~!$&'()*+,;=:%[\]-]*$/;

/** If Connection named these, they would be removed on the way: the body's length, and the client's address. */
const END_TO_END: ReadonlySet<string> = new Set([
  "content-length",
  "host",
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-forwarded-host",
]);

function bad(text: string): WebRefusal {
  return { status: 400, text };
}
