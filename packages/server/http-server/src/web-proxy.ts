import { type IncomingMessage, METHODS } from "node:http";
import type { Socket } from "node:net";
import replyFrom from "@fastify/reply-from";
import { addressKey, type Faults, Guard } from "@headgate/transport";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { ReadAhead, type RequestBody } from "./read-ahead.ts";
import { RequestPlaces } from "./request-places.ts";
import { replyHeaders, requestHeaders } from "./web-headers.ts";
import { FAILURE_LOG_MS, MIN_TAKEN_BYTES, READER_CHECK_MS, SILENCE_MS } from "./web-limits.ts";
import { webRefusal } from "./web-refusal.ts";
import { EXCHANGE, type WebExchange, WebServerPool } from "./web-server-pool.ts";

export interface WebProxyOptions {
  readonly webServer: URL;
  readonly log: Logger;
  readonly faults: Faults;
}

/**
 * Passes every request without a route to a web server, and what a route leaves to it with `callNotFound`. Bodies pass unread, so no route of this server has its body parsed.
 */
export function passToWebServer(server: FastifyInstance, options: WebProxyOptions): void {
  const proxy = new WebProxy(options);
  const pool = new WebServerPool(options.webServer, (error) => proxy.failed(error));
  // Bodies pass unread: fastify must not parse them.
  for (const method of METHODS) server.addHttpMethod(method, { hasBody: false, overrideExisting: true });
  // Before the features' routes, whose replies need it for `callNotFound`.
  server.register(replyFrom, {
    base: options.webServer.origin,
    undici: pool,
    destroyAgent: true,
    disableCache: true,
    disableRequestLogging: true,
    // It would retry at a server that is too busy.
    retryMethods: [],
  });
  // The body of a reply that failed before it began.
  server.setErrorHandler((error: Error, request, reply) => proxy.fail(request, reply, error));
  server.setNotFoundHandler((request, reply) => {
    const refusal = webRefusal(request.raw);
    if (!refusal) return proxy.pass(request, reply);
    request.raw.resume();
    // The end of this message is in doubt, so nothing more is read from its connection.
    answer(reply.header("connection", "close"), refusal.status, refusal.text);
  });
}

/** What one request holds until its reply is over. */
interface Passing {
  /** Ends the client's connection, because half of a reply may have been sent. */
  readonly guard: Guard;
  readonly abort: AbortController;
  deadline?: NodeJS.Timeout;
  /** Of the client, as its requests are counted. */
  key?: string;
  leave?: (() => void) | undefined;
  stop?: () => void;
}

class WebProxy {
  readonly #options: WebProxyOptions;
  readonly #places = new RequestPlaces();
  readonly #readAhead = new ReadAhead();
  /** The requests of each connection, in order: the next one starts when the reply before it is over. */
  readonly #lines = new WeakMap<Socket, (() => void)[]>();
  #failures = 0;
  #loggedMs = Number.NEGATIVE_INFINITY;

  constructor(options: WebProxyOptions) {
    this.#options = options;
  }

  pass(request: FastifyRequest, reply: FastifyReply): void {
    const { socket } = request.raw;
    const line = this.#lines.get(socket) ?? [];
    this.#lines.set(socket, line);
    const guard = new Guard(this.#options.faults, "request", () => reply.raw.destroy());
    const passing: Passing = { guard, abort: new AbortController() };
    const start = guard.entry(() => this.#start(request, reply, passing));
    line.push(start);
    const end = (): void => {
      clearTimeout(passing.deadline);
      passing.leave?.();
      passing.stop?.();
      passing.abort.abort();
      const wasFirst = line[0] === start;
      line.splice(line.indexOf(start), 1);
      if (wasFirst && !socket.destroyed) line[0]?.();
    };
    reply.raw.once("close", guard.entry(end));
    if (line.length === 1) start();
  }

  /** The web server did not answer as it should. */
  failed(error: Error): void {
    const nowMs = performance.now();
    this.#failures += 1;
    if (nowMs - this.#loggedMs < FAILURE_LOG_MS) return;
    const reason = (error as NodeJS.ErrnoException).code ?? error.message;
    this.#options.log.warn(
      { code: "WEB_SERVER_FAILED", reason, requests: this.#failures },
      "the web server does not answer as it should",
    );
    this.#loggedMs = nowMs;
    this.#failures = 0;
  }

  #start(request: FastifyRequest, reply: FastifyReply, passing: Passing): void {
    if (!hasBody(request.raw)) return this.#enter(request, reply, passing, undefined);
    const { guard } = passing;
    const onReady = (body: RequestBody): void => this.#enter(request, reply, passing, body);
    const stream = this.#readAhead.read(guard, request.raw, onReady);
    request.raw.once(
      "end",
      guard.entry(() => passing.deadline?.refresh()),
    );
    passing.stop = () => stream.destroy();
  }

  #enter(
    request: FastifyRequest,
    reply: FastifyReply,
    passing: Passing,
    body: RequestBody | undefined,
  ): void {
    const { guard, abort } = passing;
    let hasEntered = false;
    const late = guard.entry(() => {
      const error = new Error(TOO_LATE);
      if (hasEntered) return abort.abort(error);
      passing.leave?.();
      this.fail(request, reply, error);
    });
    passing.deadline = setTimeout(late, SILENCE_MS);
    const onEntered = guard.entry(() => {
      hasEntered = true;
      this.#forward(request, reply, passing, body);
    });
    passing.key = addressKey(request.peer.remoteAddress);
    passing.leave = this.#places.enter(passing.key, onEntered);
    if (!passing.leave) answer(reply.header("retry-after", "1"), 503, "Too many requests at once.");
  }

  #forward(
    request: FastifyRequest,
    reply: FastifyReply,
    passing: Passing,
    body: RequestBody | undefined,
  ): void {
    const { raw } = request;
    const exchange: WebExchange = {
      path: raw.url ?? "/",
      signal: passing.abort.signal,
      guard: passing.guard,
    };
    if (body) request.body = body.stream;
    const headers = requestHeaders(raw, request.peer.connection, body?.length);
    reply.from("/", {
      rewriteRequestHeaders: () => ({ ...headers, [EXCHANGE]: exchange }),
      rewriteHeaders: replyHeaders,
      onError: (_, { error }) => this.fail(request, reply, (error.cause ?? error) as Error),
      onResponse: (_, __, { stream }) => {
        clearTimeout(passing.deadline);
        // A status that does not exist: the client has been answered by then.
        if (reply.sent) return stream.destroy();
        this.#watchReader(raw.socket, passing);
        // The rest of a long body is read, so that the reply gets through.
        if (!raw.complete) reply.removeHeader("connection");
        if (reply.statusCode !== 304) return reply.send(stream);
        // Its Content-Length is that of a body which does not come (RFC 9110 §8.6).
        stream.resume();
        reply.send();
      },
    });
  }

  /** Ends the connection of a client that takes its reply slowly, if others want its slot. */
  #watchReader(socket: Socket, passing: Passing): void {
    let takenBytes = bytesTaken(socket);
    const look = (): void => {
      const beforeBytes = takenBytes;
      takenBytes = bytesTaken(socket);
      const isSlow = socket.writableLength > 0 && takenBytes - beforeBytes < MIN_TAKEN_BYTES;
      if (isSlow && this.#places.isWanted(passing.key!)) socket.destroy();
    };
    passing.deadline = setInterval(passing.guard.entry(look), READER_CHECK_MS);
  }

  /** Answers instead of the web server, if that is still possible. */
  fail({ raw }: FastifyRequest, reply: FastifyReply, error: Error): void {
    if (reply.sent || reply.raw.destroyed || (raw.destroyed && !raw.complete)) return;
    this.failed(error);
    for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name);
    const isLate = error.message === TOO_LATE || TIMEOUTS.has((error as NodeJS.ErrnoException).code);
    if (isLate) answer(reply, 504, "The web server takes too long.");
    else answer(reply, 502, "The web server cannot be reached, or does not answer as it should.");
  }
}

const TOO_LATE = "no reply in time";

const TIMEOUTS: ReadonlySet<string | undefined> = new Set([
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
]);

function bytesTaken({ bytesWritten, writableLength }: Socket): number {
  return bytesWritten - writableLength;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function answer(reply: FastifyReply, status: number, text: string): void {
  reply.code(status).type("text/plain; charset=utf-8").header("cache-control", "no-store").send(`${text}\n`);
}
