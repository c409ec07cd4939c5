import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type Faults, Guard, type Link } from "@headgate/transport";
import type { TunnelOptions } from "./config.ts";
import { HttpConnections } from "./http-connections.ts";
import {
  CHECK_INTERVAL_MS,
  HEADERS_MS,
  KEEP_ALIVE_MS,
  MAX_HEADER_BYTES,
  MAX_LINGERING,
  REQUEST_MS,
} from "./limits.ts";
import { PlainConnection, type PlainResponse } from "./plain-connection.ts";
import type { PlainRequest } from "./plain-request.ts";
import { RequestBodies } from "./request-bodies.ts";
import { RequestTurns } from "./request-turns.ts";
import { newSessionId } from "./session-id.ts";
import type { SharedMemory } from "./shared-memory.ts";
import { TunnelLink } from "./tunnel-link.ts";
import type { TunnelReply } from "./tunnel-reply.ts";
import { readTunnelTarget, type TunnelTarget } from "./tunnel-target.ts";

/** A request of a session that another process may have. */
export interface ForeignRequest {
  readonly sessionId: string;
  readonly path: string;
  readonly body: Uint8Array;
  /** The client's. */
  readonly remoteAddress: string;
  /** Called once: 404 is for a session that does not exist, 503 for one that cannot be asked. */
  readonly answer: (status: 200 | 404 | 503, body?: Uint8Array) => void;
}

export interface TunnelServerOptions extends TunnelOptions {
  /** The key with which session ids are made. Processes with the same key recognise each other's ids. */
  readonly idKey: Uint8Array;
  /** Memory for bodies of requests until their session has taken them. */
  readonly memory: SharedMemory;
  readonly faults: Faults;
  /** Called for every session; one that is not opened at once is to be destroyed. */
  readonly onLink: (link: Link) => void;
  /**
   * Passes on a request of another process's session. Returns the function to call if its connection is lost; undefined if
   * there is no such process.
   */
  readonly onForeign?: (request: ForeignRequest) => (() => void) | undefined;
  /** Answers a request that is not a tunnel's. */
  readonly onOther: (request: IncomingMessage, response: ServerResponse, peer: HttpPeer) => void;
}

/** The peer of an HTTP connection. */
export interface HttpPeer {
  readonly isSecure: boolean;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** If the peer is a trusted proxy: the addresses a request has come through, the client's first. */
  readonly hopsOf?: ((headers: IncomingHttpHeaders) => readonly string[]) | undefined;
}

/**
 * Answers HTTP requests, and makes Links of those that tunnel RTMP. What a PlainConnection does not take goes to node:http's
 * server, because that keeps the case of header names, which librtmp needs, and answers pipelined requests in order.
 */
export class TunnelServer {
  readonly #options: TunnelServerOptions;
  readonly #server: ReturnType<typeof createServer>;
  readonly #others: HttpConnections<HttpPeer>;
  readonly #links = new Map<string, TunnelLink>();
  /** The ended ones, the oldest first. */
  readonly #ended = new Set<TunnelLink>();
  readonly #bodies: RequestBodies;
  readonly #turns = new RequestTurns();
  readonly #connections = new Set<PlainConnection>();
  readonly #sweep: NodeJS.Timeout;

  constructor(options: TunnelServerOptions) {
    this.#options = options;
    this.#others = new HttpConnections(options.faults, this.#turns);
    this.#bodies = new RequestBodies(options.memory);
    this.#server = createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: HEADERS_MS,
        requestTimeout: REQUEST_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
        connectionsCheckingInterval: CHECK_INTERVAL_MS,
      },
      (request, response) => {
        const guard = new Guard(options.faults, "request", () => response.destroy());
        guard.run(() => this.#handle(guard, request, response));
      },
    );
    // It never listens itself, and would not check its timeouts without this.
    this.#server.emit("listening");
    const guard = new Guard(options.faults, "task", () => {});
    this.#sweep = setInterval(
      guard.entry(() => this.#lookAfter()),
      CHECK_INTERVAL_MS,
    ).unref();
  }

  /** Sessions that can still answer requests. */
  get sessions(): number {
    return this.#links.size;
  }

  /** Takes a connection that begins with an HTTP request; what was read of it is put back. */
  accept(socket: Socket, peer: HttpPeer): void {
    const handler = {
      onRequest: (request: PlainRequest, body: Uint8Array, answer: (response: PlainResponse) => void) =>
        this.#handlePlain(peer, request, body, answer),
      onOther: (sinceMs: number) => {
        this.#server.emit("connection", socket);
        this.#others.add(socket, peer, sinceMs);
      },
      onClosed: () => this.#connections.delete(connection),
    };
    const connection = new PlainConnection(socket, handler, this.#options.faults, this.#turns);
    this.#connections.add(connection);
  }

  /** Ends all sessions and all connections at once. */
  close(): void {
    for (const link of this.#links.values()) {
      link.destroy();
      link.forget();
    }
    clearInterval(this.#sweep);
    for (const connection of this.#connections) connection.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #lookAfter(): void {
    const nowMs = performance.now();
    for (const connection of this.#connections) connection.sweep(nowMs);
    this.#others.sweep(nowMs);
  }

  #handle(guard: Guard, request: IncomingMessage, response: ServerResponse): void {
    // A response whose connection is gone reports an error, which is expected here.
    response.on("error", () => {});
    const target = request.method === "POST" ? readTunnelTarget(request.url ?? "") : undefined;
    const peer = this.#others.begin(guard, request, response);
    if (!peer) return;
    if (target === undefined) this.#options.onOther(request, response, peer);
    // The answer would be an address to use instead, which is unknown behind a proxy or a NAT.
    else if (target.kind === "ident") whenRead(guard, request, () => send(response, 404));
    else if (target.kind === "open")
      whenRead(guard, request, () => this.#answerOpen(this.#open(peer, request.headers), response));
    else this.#collect(guard, peer, target, request, response);
  }

  /** Returns the function to call if the request's connection is lost. */
  #handlePlain(
    peer: HttpPeer,
    { target, headers }: PlainRequest,
    body: Uint8Array,
    answer: (response: PlainResponse) => void,
  ): () => void {
    if (target.kind === "ident") answer({ status: 404 });
    if (target.kind === "open") {
      const id = this.#open(peer, headers);
      answer(id === undefined ? { status: 503 } : { status: 200, reply: `${id}\n` });
    }
    if (target.kind === "ident" || target.kind === "open") return nothing;
    return this.#ask({ peer, headers, target, body, answer });
  }

  /** Returns the id of a new session, if its Link was accepted. */
  #open(peer: HttpPeer, headers: IncomingHttpHeaders): string | undefined {
    const id = newSessionId(this.#options.node, this.#options.idKey);
    const client = peer.hopsOf?.(headers)[0];
    const link: TunnelLink = new TunnelLink(
      {
        transport: peer.isSecure ? "rtmpts" : "rtmpt",
        remoteAddress: client ?? peer.remoteAddress,
        remotePort: client === undefined ? peer.remotePort : 0,
      },
      this.#options,
      () => {
        this.#links.delete(id);
        this.#ended.delete(link);
      },
    );
    this.#links.set(id, link);
    this.#options.onLink(link);
    return link.isClosed ? undefined : id;
  }

  /** Only one line end: librtmp counts it as one character. */
  #answerOpen(id: string | undefined, response: ServerResponse): void {
    if (id === undefined) send(response, 503);
    else send(response, 200, id.length + 1, [Buffer.from(`${id}\n`)]);
  }

  #collect(
    guard: Guard,
    peer: HttpPeer,
    target: SessionTarget,
    message: IncomingMessage,
    response: ServerResponse,
  ): void {
    const answer = guard.entry(({ status, reply }: SessionResponse): void => {
      if (reply) send(response, status, reply.length, [Uint8Array.of(reply.interval), ...reply.pieces]);
      else send(response, status);
    });
    const { headers } = message;
    const onWhole = (body: Uint8Array): void => {
      response.once("close", guard.entry(this.#ask({ peer, headers, target, body, answer })));
    };
    this.#bodies.collect(guard, message, onWhole, (status) => send(response, status));
  }

  /** Returns what to call if the request's connection is lost. */
  #ask(asked: SessionRequest): () => void {
    const { sessionId, kind, sequence } = asked.target;
    const link = this.#links.get(sessionId);
    if (!link) return this.#askElsewhere(asked);
    const answer = (reply: TunnelReply | undefined): void =>
      asked.answer(reply ? { status: 200, reply } : { status: 404 });
    link.request({ kind, sequence, body: asked.body, answer });
    if (link.isClosed && this.#links.get(sessionId) === link) this.#linger(link);
    // Not the request itself: its body would be kept until it is answered.
    return () => link.cancel({ answer });
  }

  #askElsewhere({ peer, headers, target, body, answer }: SessionRequest): () => void {
    const { onForeign, memory } = this.#options;
    const holder = {};
    const release = (): void => memory.release(holder);
    if (onForeign && !memory.tryHold(holder, body.length)) {
      release();
      answer({ status: 503 });
      return nothing;
    }
    const cancel = onForeign?.({
      sessionId: target.sessionId,
      path: pathOf(target),
      body,
      remoteAddress: peer.hopsOf?.(headers)[0] ?? peer.remoteAddress,
      answer: (status, reply) => {
        release();
        answer({ status, ...(reply && { reply: replyOf(reply) }) });
      },
    });
    if (!cancel) answer({ status: 404 });
    return () => {
      release();
      cancel?.();
    };
  }

  #linger(link: TunnelLink): void {
    this.#ended.add(link);
    const [oldest] = this.#ended;
    if (this.#ended.size > MAX_LINGERING) oldest?.forget();
  }
}

type SessionTarget = Extract<TunnelTarget, { sessionId: string }>;

interface SessionResponse {
  readonly status: 200 | 404 | 503;
  readonly reply?: TunnelReply;
}

/** A request of a session, with its body whole. */
interface SessionRequest {
  readonly peer: HttpPeer;
  readonly headers: IncomingHttpHeaders;
  readonly target: SessionTarget;
  readonly body: Uint8Array;
  readonly answer: (response: SessionResponse) => void;
}

function pathOf({ kind, sessionId, sequence }: SessionTarget): string {
  return `/${kind}/${sessionId}${sequence === undefined ? "" : `/${sequence}`}`;
}

/** The reply of another process, as sent in a body. */
function replyOf(body: Uint8Array): TunnelReply {
  return { interval: body[0] ?? 1, pieces: [body.subarray(1)], length: Math.max(1, body.length) };
}

/** A request that is answered at once cannot be lost. */
function nothing(): void {}

/** Reads and drops the body first: squid ends a connection whose request is answered before it was whole. */
function whenRead(guard: Guard, request: IncomingMessage, answer: () => void): void {
  request.once("end", guard.entry(answer));
  request.resume();
}

/** librtmp needs `Content-Length` in exactly this spelling, and a reply in one piece. */
function send(
  response: ServerResponse,
  status: number,
  length = 0,
  pieces: readonly Uint8Array[] = [],
): void {
  response.writeHead(status, {
    "Content-Length": length,
    "Content-Type": "application/x-fcs",
    Connection: response.shouldKeepAlive ? "Keep-Alive" : "close",
    "Cache-Control": "no-cache",
  });
  response.cork();
  for (const piece of pieces) response.write(piece);
  response.end();
}
