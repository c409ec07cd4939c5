import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { addressKey, type Faults, type Guard, type Link } from "@headgate/transport";
import type { TunnelOptions } from "./config.ts";
import { type BodyRefusal, HttpBodies } from "./http-bodies.ts";
import { clientOf, type HttpPeer } from "./http-peer.ts";
import { MAX_BODY_BYTES, MAX_LINGERING } from "./limits.ts";
import { newSessionId } from "./session-id.ts";
import { LeftReplies, type ReplyConnection } from "./session-replies.ts";
import type { SharedMemory } from "./shared-memory.ts";
import { TunnelLink } from "./tunnel-link.ts";
import type { TunnelReply } from "./tunnel-reply.ts";
import type { TunnelTarget } from "./tunnel-target.ts";

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
  /** Memory for bodies of requests until their session has taken them, and for replies that are not read. */
  readonly memory: SharedMemory;
  readonly faults: Faults;
  /** Called for every session; one that is not opened at once is to be destroyed. */
  readonly onLink: (link: Link) => void;
  /**
   * Passes on a request of another process's session. Returns the function to call if its connection is lost; undefined if
   * there is no such process.
   */
  readonly onForeign?: (request: ForeignRequest) => (() => void) | undefined;
}

/** A request of a tunnel, as far as it is read. */
export interface TunnelRequestHead {
  readonly peer: HttpPeer;
  readonly connection: ReplyConnection;
  readonly target: TunnelTarget;
  readonly headers: IncomingHttpHeaders;
}

/** A session, for operators. */
export interface TunnelState
  extends Readonly<
    Pick<
      TunnelLink,
      | "transport"
      | "remoteAddress"
      | "remotePort"
      | "bytesReceived"
      | "bytesSent"
      | "queuedBytes"
      | "requests"
      | "seenMs"
      | "isClosed"
    >
  > {}

/** The answer to a request. */
export interface TunnelResponse {
  readonly status: 200 | 404 | 503;
  readonly reply?: TunnelReply | string;
}

/** Answers the requests of tunnels, and makes Links of them. */
export class TunnelServer {
  readonly #options: TunnelServerOptions;
  readonly #links = new Map<string, TunnelLink>();
  /** The ended ones, the oldest first. */
  readonly #ended = new Set<TunnelLink>();
  readonly #bodies: HttpBodies;
  readonly #left: LeftReplies;

  constructor(options: TunnelServerOptions) {
    this.#options = options;
    this.#bodies = new HttpBodies(options.memory, MAX_BODY_BYTES);
    this.#left = new LeftReplies(options.memory);
  }

  /** Sessions that can still answer requests. */
  get sessions(): number {
    return this.#links.size;
  }

  /** The same, in the order in which they were opened. */
  states(): Iterable<TunnelState> {
    return this.#links.values();
  }

  /** Takes a whole request; the memory of its body may be used again afterwards. Returns the function to call if its connection is lost. */
  request(head: TunnelRequestHead, body: Uint8Array, answer: OnAnswer): () => void {
    const { peer, target, headers } = head;
    // The answer would be an address to use instead, which is unknown behind a proxy or a NAT.
    if (target.kind === "ident") answer({ status: 404 });
    else if (target.kind === "open") answer(this.#open(peer, headers));
    else return this.#ask(head, target, body, answer);
    return nothing;
  }

  /** Takes a request that node:http reads. */
  handle(
    guard: Guard,
    message: IncomingMessage,
    response: ServerResponse,
    { peer, target }: Pick<TunnelRequestHead, "peer" | "target">,
  ): void {
    const head = { peer, target, headers: message.headers, connection: connectionOf(response) };
    const answer = guard.entry((answered: TunnelResponse) => send(response, answered));
    const onWhole = (body: Uint8Array): void => {
      response.once("close", guard.entry(this.request(head, body, answer)));
    };
    const address = addressKey(clientOf(head.peer, head.headers).remoteAddress);
    if ("sessionId" in head.target)
      this.#bodies.collect(guard, { message, address }, onWhole, (why) => refuse(message, response, why));
    else whenRead(guard, message, () => onWhole(NOTHING));
  }

  /** Looks what clients have read; to be called every few seconds. */
  sweep(): void {
    this.#left.sweep();
  }

  /** Ends all sessions at once. */
  close(): void {
    for (const link of this.#links.values()) {
      link.destroy();
      link.forget();
    }
  }

  /** Answers with the id of a new session, if its Link was accepted. */
  #open(peer: HttpPeer, headers: IncomingHttpHeaders): TunnelResponse {
    const id = newSessionId(this.#options.node, this.#options.idKey);
    const link: TunnelLink = new TunnelLink(
      { transport: peer.isSecure ? "rtmpts" : "rtmpt", ...clientOf(peer, headers) },
      { ...this.#options, left: this.#left },
      () => {
        this.#links.delete(id);
        this.#ended.delete(link);
      },
    );
    this.#links.set(id, link);
    this.#options.onLink(link);
    // Only one line end: librtmp counts it as one character.
    return link.isClosed ? { status: 503 } : { status: 200, reply: `${id}\n` };
  }

  /** Returns what to call if the request's connection is lost. */
  #ask(head: TunnelRequestHead, target: SessionTarget, body: Uint8Array, onAnswer: OnAnswer): () => void {
    const { sessionId, kind, sequence } = target;
    const link = this.#links.get(sessionId);
    if (!link) return this.#askElsewhere(head, target, body, onAnswer);
    const answer = (reply: TunnelReply | undefined): void => {
      onAnswer(reply ? { status: 200, reply } : { status: 404 });
      if (reply && reply.pieces.length > 0) link.replied(head.connection, reply.length - 1);
    };
    link.request({ kind, sequence, body, answer });
    if (link.isClosed && this.#links.get(sessionId) === link) this.#linger(link);
    // Not the request itself: its body would be kept until it is answered.
    return () => link.cancel({ answer });
  }

  #askElsewhere(
    { peer, headers, connection }: TunnelRequestHead,
    target: SessionTarget,
    body: Uint8Array,
    answer: OnAnswer,
  ): () => void {
    const { onForeign, memory } = this.#options;
    const { remoteAddress } = clientOf(peer, headers);
    const address = addressKey(remoteAddress);
    const holder = {};
    const release = (): void => memory.release(holder);
    if (onForeign && !memory.tryHold(holder, body.length, address)) {
      release();
      answer({ status: 503 });
      return nothing;
    }
    const cancel = onForeign?.({
      sessionId: target.sessionId,
      path: pathOf(target),
      body: new Uint8Array(body),
      remoteAddress,
      answer: (status, reply) => {
        release();
        answer({ status, ...(reply && { reply: replyOf(reply) }) });
        if (reply) this.#left.add(connection, reply.length, address);
      },
    });
    if (!cancel) {
      release();
      answer({ status: 404 });
      return nothing;
    }
    return () => {
      release();
      cancel();
    };
  }

  #linger(link: TunnelLink): void {
    this.#ended.add(link);
    const [oldest] = this.#ended;
    if (this.#ended.size > MAX_LINGERING) oldest?.forget();
  }
}

type SessionTarget = Extract<TunnelTarget, { sessionId: string }>;

type OnAnswer = (response: TunnelResponse) => void;

const NOTHING = new Uint8Array(0);

function pathOf({ kind, sessionId, sequence }: SessionTarget): string {
  return `/${kind}/${sessionId}${sequence === undefined ? "" : `/${sequence}`}`;
}

/** The reply of another process, as sent in a body. */
function replyOf(body: Uint8Array): TunnelReply {
  return { interval: body[0] ?? 1, pieces: [body.subarray(1)], length: Math.max(1, body.length) };
}

/** A request that is answered at once cannot be lost. */
function nothing(): void {}

/** A client that sends its body in too many pieces is not answered. */
function refuse(request: IncomingMessage, response: ServerResponse, why: BodyRefusal): void {
  if (why === "too many pieces") request.destroy();
  else send(response, { status: why === "too long" ? 413 : 503 });
}

/** Reads and drops the body first: squid ends a connection whose request is answered before it was whole. */
function whenRead(guard: Guard, request: IncomingMessage, answer: () => void): void {
  request.once("end", guard.entry(answer));
  request.resume();
}

/** librtmp needs `Content-Length` in exactly this spelling, and a reply in one piece. */
function send(
  response: ServerResponse,
  {
    status,
    reply = "",
  }: { readonly status: TunnelResponse["status"] | 413; readonly reply?: TunnelReply | string },
): void {
  response.writeHead(status, {
    "Content-Length": reply.length,
    "Content-Type": "application/x-fcs",
    Connection: response.shouldKeepAlive ? "Keep-Alive" : "close",
    "Cache-Control": "no-cache",
  });
  response.cork();
  for (const piece of piecesOf(reply)) response.write(piece);
  response.end();
}

/** What waits for the replies before it counts as well. */
function connectionOf(response: ServerResponse): ReplyConnection {
  return {
    get unreadBytes() {
      return response.closed ? 0 : response.writableLength;
    },
    destroy: () => response.destroy(),
  };
}

function piecesOf(reply: TunnelReply | string): readonly Uint8Array[] {
  if (typeof reply !== "string") return [Uint8Array.of(reply.interval), ...reply.pieces];
  return reply === "" ? [] : [Buffer.from(reply)];
}
