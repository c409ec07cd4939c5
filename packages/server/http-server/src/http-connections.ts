import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { HttpPeer } from "@headgate/http";
import { type Faults, Guard } from "@headgate/transport";
import {
  FREE_REQUESTS,
  HEADERS_MS,
  KEEP_ALIVE_MS,
  MAX_OPEN_REQUESTS,
  MAX_PIPELINED_REQUESTS,
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
  /** Since when there is none. */
  sinceMs: number;
  /** Bytes received by then. */
  bytesRead: number;
  /** Since when there are more: the beginning of a head, or line ends before it, which node:http ignores. */
  headSinceMs: number | undefined;
}

/** Limits what node:http does not: how many requests wait on a connection, and how long it may send and take nothing. */
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
      sinceMs,
      bytesRead: socket.bytesRead,
      headSinceMs: sinceMs,
    };
    this.#connections.set(socket, connection);
    socket.once(
      "close",
      guard.entry(() => this.#closed(connection)),
    );
  }

  /** The peer of a new request. Undefined if its connection is over, or is ended because it asks too much. */
  begin(guard: Guard, request: IncomingMessage, response: ServerResponse): Peer | undefined {
    const { socket } = request;
    const connection = this.#connections.get(socket);
    if (!connection || socket.destroyed) return undefined;
    const { open } = connection;
    const isFree = open.size < FREE_REQUESTS;
    if (!isFree && this.#pipelined >= MAX_PIPELINED_REQUESTS) {
      socket.destroy();
      return undefined;
    }
    if (!isFree) this.#pipelined += 1;
    open.add(response);
    connection.headSinceMs = undefined;
    connection.reading.count();
    if (open.size >= MAX_OPEN_REQUESTS) connection.reading.isFull = true;
    const onOver = guard.entry(() => {
      if (response.closed && request.closed) this.#end(connection, response);
    });
    response.once("close", onOver);
    request.once("close", onOver);
    return connection.peer;
  }

  /** Lets go of a connection that carries another protocol from now on, and returns its peer. */
  release(socket: Socket): Peer | undefined {
    const connection = this.#connections.get(socket);
    this.#connections.delete(socket);
    connection?.reading.release();
    return connection?.peer;
  }

  /** Ends the connections whose time is up. */
  sweep(nowMs: number): void {
    for (const [socket, connection] of this.#connections)
      if (connection.output.isStuck(nowMs) || isIdleTooLong(connection, nowMs)) socket.destroy();
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
    connection.bytesRead = connection.socket.bytesRead;
    if (connection.open.size === MAX_OPEN_REQUESTS - 1) connection.reading.isFull = false;
  }
}

/** One deadline for a whole head, and one for silence. Line ends before a request extend neither. */
function isIdleTooLong(connection: HttpConnection<unknown>, nowMs: number): boolean {
  if (connection.open.size > 0) return false;
  if (connection.socket.bytesRead > connection.bytesRead) connection.headSinceMs ??= nowMs;
  const headMs = nowMs - (connection.headSinceMs ?? nowMs);
  return headMs >= HEADERS_MS || nowMs - connection.sinceMs >= KEEP_ALIVE_MS;
}

/** node:http does not tell a reply that waits for earlier ones that its connection is gone. */
function endUnsent(response: ServerResponse): void {
  if (response.closed || response.socket) return;
  response.destroy();
  response.emit("close");
}
