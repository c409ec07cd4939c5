import {
  Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from "node:http";
import { pipeline } from "node:stream";
import type { HttpPeer } from "@headgate/transport-http";

/** For the web server to begin its reply, and between two pieces of it. Milliseconds. */
const SILENCE_MS = 30_000;

/** Connections to the web server. Requests beyond them wait; their clients' timeouts bound that. */
const MAX_SOCKETS = 256;

/** Of one connection, and never of what goes through it (RFC 9110 §7.6.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const REFUSED_METHODS: ReadonlySet<string | undefined> = new Set(["CONNECT", "TRACE"]);

/** Passes HTTP requests on to one web server, and its replies back. */
export class WebProxy {
  readonly #target: URL;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });

  constructor(target: URL) {
    this.#target = target;
  }

  handle(incoming: IncomingMessage, response: ServerResponse, peer: HttpPeer): void {
    if (REFUSED_METHODS.has(incoming.method))
      return answer(incoming, response, 405, "This method is not allowed.");
    const outgoing = request(
      {
        agent: this.#agent,
        host: this.#target.hostname.replace(/^\[|\]$/g, ""),
        port: this.#target.port || 80,
        method: incoming.method,
        // A client that takes this for a forward proxy says the whole URL; there is one place only to go to.
        path: (incoming.url ?? "/").replace(/^[a-z]+:\/\/[^/]*\/?/i, "/"),
        headers: { ...endToEnd(incoming.headers), ...forwardedFor(incoming, peer) },
        timeout: SILENCE_MS,
      },
      (reply) => {
        response.writeHead(reply.statusCode ?? 502, endToEnd(reply.headers));
        // An end half-way ends the client's connection, too: that is how it learns of it.
        pipeline(reply, response, ignore);
      },
    );
    outgoing.once("timeout", () => outgoing.destroy(new Error("timeout")));
    outgoing.once("error", (error) => {
      const isLate = error.message === "timeout";
      answer(
        incoming,
        response,
        isLate ? 504 : 502,
        isLate ? "The web server takes too long." : "The web server cannot be reached.",
      );
    });
    response.once("close", () => outgoing.destroy());
    pipeline(incoming, outgoing, ignore);
  }

  close(): void {
    this.#agent.destroy();
  }
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = new Set((headers.connection ?? "").toLowerCase().split(/\s*,\s*/));
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name) && !named.has(name)),
  );
}

/** What others have said of the client is kept, with whom they are believed by; the web server decides. */
function forwardedFor({ headers }: IncomingMessage, peer: HttpPeer): IncomingHttpHeaders {
  const before = headers["x-forwarded-for"];
  return {
    "x-forwarded-for": before === undefined ? peer.remoteAddress : `${before}, ${peer.remoteAddress}`,
    "x-forwarded-proto": peer.isSecure ? "https" : "http",
    ...(headers.host !== undefined && { "x-forwarded-host": headers.host }),
  };
}

/** Nothing more can be said once a reply has begun. */
function answer(incoming: IncomingMessage, response: ServerResponse, status: number, text: string): void {
  incoming.resume();
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, {
    "Content-Type": "text/plain; charset=utf-8",
    "Cache-Control": "no-store",
    Connection: "close",
  });
  response.end(`${text}\n`);
}

/** What goes wrong is told by the events of request and response. */
function ignore(): void {}
