import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { HttpPeer } from "@headgate/http";
import { addressKey, type Faults, Guard } from "@headgate/transport";
import type { CompactRequest } from "./compact-request.ts";
import {
  FREE_REQUESTS,
  HEADERS_MS,
  KEEP_ALIVE_MS,
  MAX_OPEN_REQUESTS,
  MAX_PIPELINED_REQUESTS,
  REQUEST_MS,
} from "./limits.ts";
import { PacedReading } from "./paced-reading.ts";
import { RequestTurns } from "./request-turns.ts";
import { UnreadOutput } from "./unread-output.ts";

/** One connection that node:http reads. */
interface HttpConnection<Peer> {
  readonly peer: Peer;
  readonly socket: Socket;
  readonly output: UnreadOutput;
  readonly reading: PacedReading;
  /** Requests that are incomplete, or whose replies are. */
  readonly open: Set<ServerResponse>;
  /** The only one that can be incomplete. */
  latest: CompactRequest | undefined;
  /** Since when the latest one has been read. */
  latestMs: number;
  /** Since when there is none. */
  sinceMs: number;
  /** Bytes received by then. */
  bytesRead: number;
  /** Since when there are more: the beginning of a head, or line ends before it, which node:http ignores. */
  headSinceMs: number | undefined;
  readonly end: () => void;
}

/** Limits what node:http does not: how many requests wait on a connection, and how long it may send and take nothing or little. */
export class HttpConnections<Peer extends Pick<HttpPeer, "remoteAddress">> {
  readonly #connections = new Map<Socket, HttpConnection<Peer>>();
  readonly #turns: RequestTurns;
  readonly #faults: Faults;
  /** Open requests beyond the free ones of each connection. */
  #pipelined = 0;

  constructor(faults: Faults, turns: RequestTurns = new RequestTurns()) {
    this.#faults = faults;
    this.#turns = turns;
  }

  /** Watches a connection of node:http that has had no whole request since `sinceMs`. */
  add(socket: Socket, peer: Peer, sinceMs: number): void {
    const guard = new Guard(this.#faults, "connection", () => socket.destroy());
    const connection: HttpConnection<Peer> = {
      peer,
      socket,
      output: new UnreadOutput(socket),
      reading: new PacedReading(socket, peer.remoteAddress, this.#turns, guard),
      open: new Set(),
      latest: undefined,
      latestMs: sinceMs,
      sinceMs,
      bytesRead: socket.bytesRead,
      headSinceMs: sinceMs,
      end: guard.entry(() => this.#destroy(socket)),
    };
    this.#connections.set(socket, connection);
    socket.once(
      "close",
      guard.entry(() => this.#closed(connection)),
    );
  }

  /** Since when a connection has had no request; undefined while it has one. */
  idleSinceMs(socket: Socket): number | undefined {
    const connection = this.#connections.get(socket);
    return connection?.open.size === 0 ? connection.sinceMs : undefined;
  }

  /**
   * Handles a new request when its turn comes, maybe at once: not if its connection is over, or is ended because it asks too much.
   */
  begin(guard: Guard, request: CompactRequest, response: ServerResponse, handle: (peer: Peer) => void): void {
    const { socket } = request;
    const connection = this.#connections.get(socket);
    if (!connection || socket.destroyed) return;
    const { open, reading, peer } = connection;
    const isFree = open.size < FREE_REQUESTS;
    if (!isFree && this.#pipelined >= MAX_PIPELINED_REQUESTS) {
      socket.destroy();
      return;
    }
    if (!isFree) this.#pipelined += 1;
    open.add(response);
    connection.latest = request;
    connection.latestMs = performance.now();
    connection.headSinceMs = undefined;
    if (open.size >= MAX_OPEN_REQUESTS) reading.isFull = true;
    const onOver = guard.entry(() => {
      if (response.closed && request.closed) this.#end(connection, response);
    });
    response.once("close", onOver);
    request.once("close", onOver);
    countPieces(guard, request, response, reading);
    const onTurn = guard.entry(() => {
      if (!socket.destroyed) handle(peer);
    });
    reading.request(onTurn);
  }

  /** Lets go of a connection that carries another protocol from now on, and returns its peer. */
  release(socket: Socket): Peer | undefined {
    const connection = this.#connections.get(socket);
    this.#connections.delete(socket);
    this.#turns.count();
    connection?.reading.release();
    return connection?.peer;
  }

  /** Ends the connections whose time is up, when their turn comes: it may be that of all at once. */
  sweep(nowMs: number): void {
    for (const connection of this.#connections.values())
      if (connection.output.isStuck(nowMs) || isIdleTooLong(connection, nowMs) || isLate(connection, nowMs))
        this.#turns.wait(addressKey(connection.peer.remoteAddress), connection.end);
  }

  #destroy(socket: Socket): void {
    this.#turns.count();
    socket.destroy();
  }

  #closed({ socket, open }: HttpConnection<Peer>): void {
    this.#connections.delete(socket);
    this.#pipelined -= Math.max(0, open.size - FREE_REQUESTS);
    const responses = [...open];
    open.clear();
    for (const response of responses) endUnsent(response);
  }

  #end(connection: HttpConnection<Peer>, response: ServerResponse): void {
    if (!connection.open.delete(response)) return;
    if (connection.open.size >= FREE_REQUESTS) this.#pipelined -= 1;
    connection.sinceMs = performance.now();
    // An idle connection keeps nothing of its requests.
    if (connection.open.size === 0) connection.latest = undefined;
    connection.bytesRead = connection.socket.bytesRead;
    if (connection.open.size === MAX_OPEN_REQUESTS - 1) connection.reading.isFull = false;
  }
}

/** Ends the connection if its bodies come in too many small pieces. */
function countPieces(
  guard: Guard,
  request: CompactRequest,
  response: ServerResponse,
  reading: PacedReading,
): void {
  request.onPiece = guard.entry((bytes: number) => {
    if (!reading.piece(bytes)) request.socket.destroy();
  });
  // Before node:http, which would take the rest of a body that nobody reads where it is not counted.
  const onFinish = guard.entry(() => {
    if (!request.complete) request.resume();
  });
  response.prependOnceListener("finish", onFinish);
}

/** One deadline for a whole head, and one for silence. Line ends before a request extend neither. */
function isIdleTooLong(connection: HttpConnection<unknown>, nowMs: number): boolean {
  if (connection.open.size > 0) return false;
  if (connection.socket.bytesRead > connection.bytesRead) connection.headSinceMs ??= nowMs;
  const headMs = nowMs - (connection.headSinceMs ?? nowMs);
  return headMs >= HEADERS_MS || nowMs - connection.sinceMs >= KEEP_ALIVE_MS;
}

/** Whether a request takes too long to come. */
function isLate({ latest, latestMs }: HttpConnection<unknown>, nowMs: number): boolean {
  return latest?.complete === false && !latest.isEndless && nowMs - latestMs >= REQUEST_MS;
}

/** node:http does not tell a reply that waits for earlier ones that its connection is gone. */
function endUnsent(response: ServerResponse): void {
  if (response.closed || response.socket) return;
  response.destroy();
  response.emit("close");
}
