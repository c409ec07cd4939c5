import type { Socket } from "node:net";
import type { TunnelResponse } from "@headgate/http";
import { type DirectSend, readFrom, SocketOutput } from "@headgate/tcp";
import { addressKey, type Faults, Guard } from "@headgate/transport";
import { KEEP_ALIVE_MS, MAX_PIPELINED, MAX_REQUESTS_PER_TURN, UNFINISHED_MS } from "./limits.ts";
import { type PlainRequest, readPlainRequest } from "./plain-request.ts";
import { RequestTurns } from "./request-turns.ts";
import { responsePieces } from "./response-pieces.ts";
import { UnreadOutput } from "./unread-output.ts";

/** Answers the requests of a connection. */
export interface PlainHandler {
  /** The client's, which may have come through a proxy: by this its connections take turns. */
  readonly remoteAddress: string;
  /**
   * Takes a request; the memory of the body is used again afterwards. Returns the function to call if the connection is lost
   * before the answer.
   */
  onRequest(request: PlainRequest, body: Uint8Array, answer: Answer): () => void;
  /** Hands the connection over to node:http, with unread bytes put back. It has had no whole request since `sinceMs`. */
  onOther(socket: Socket, sinceMs: number): void;
  onClosed(): void;
}

type Answer = (response: TunnelResponse) => void;

/** A request until it and those before it are answered. */
interface Exchange {
  onLost: (() => void) | undefined;
  response: TunnelResponse | undefined;
}

/**
 * An HTTP connection as long as it carries plain requests of tunnels, which are a hundred times more frequent than any other:
 * they are read and answered without the cost of node:http. At the first request of another kind, the connection is handed
 * over. A request takes effect only when it is whole.
 */
export class PlainConnection {
  readonly #socket: Socket;
  readonly #handler: PlainHandler;
  readonly #output: SocketOutput;
  readonly #unreadOutput: UnreadOutput;
  readonly #turns: RequestTurns;
  readonly #address: string;
  #unread: Buffer = NOTHING;
  /** The head of the request whose body is incomplete. */
  #request: PlainRequest | undefined;
  #former: PlainRequest | undefined;
  /** In the order of the requests. */
  readonly #exchanges: Exchange[] = [];
  /** Since when there has been nothing to read, or only an incomplete request. */
  #sinceMs = performance.now();
  #isReading = false;
  /** For its turn. */
  #isWaiting = false;
  #isOther = false;
  #isHandedOver = false;
  readonly #guard: Guard;
  readonly #onDrain: () => void;
  readonly #onClose: () => void;
  readonly #onTurn: () => void;
  readonly #onRoom: () => void;
  readonly #onEnd: () => void;
  readonly #endReading: () => void;

  constructor(
    socket: Socket,
    handler: PlainHandler,
    faults: Faults,
    turns: RequestTurns = new RequestTurns(),
    send?: DirectSend,
  ) {
    this.#socket = socket;
    this.#handler = handler;
    this.#turns = turns;
    this.#address = addressKey(handler.remoteAddress);
    this.#guard = new Guard(faults, "connection", () => this.#socket.destroy());
    const onData = this.#guard.entry((bytes: Buffer) => this.#receive(bytes));
    this.#onDrain = this.#guard.entry(() => this.#goOn());
    this.#onClose = this.#guard.entry(() => this.#closed());
    this.#onTurn = this.#guard.entry(() => this.#takeTurn());
    this.#onRoom = this.#guard.entry(() => this.#resume());
    this.#onEnd = this.#guard.entry(() => this.#end());
    this.#endReading = readFrom(socket, onData);
    this.#output = new SocketOutput(socket, send);
    this.#unreadOutput = new UnreadOutput(socket);
    this.#socket.on("drain", this.#onDrain);
    this.#socket.on("close", this.#onClose);
    this.#socket.on("error", ignore);
  }

  /** Of replies: what the client has not read, and what waits for the replies before it. */
  get unreadBytes(): number {
    if (this.#socket.destroyed) return 0;
    const add = (sum: number, { response }: Exchange): number => sum + (response?.reply?.length ?? 0);
    return this.#exchanges.reduce(add, this.#socket.writableLength);
  }

  /** Checks its timeouts. What it does then waits for its turn: it may be what all connections do at once. */
  sweep(nowMs: number): void {
    this.#guard.run(() => this.#lookAfter(nowMs));
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    const isBehind = this.#unread.length > 0;
    if (!isBehind) this.#sinceMs = performance.now();
    this.#unread = isBehind ? Buffer.concat([this.#unread, bytes]) : bytes;
    if (this.#isWaiting || this.#isBlocked) this.#socket.pause();
    else this.#readOn();
    // The memory of `bytes` is used again.
    if (!isBehind && this.#unread.length > 0) this.#unread = Buffer.from(this.#unread);
  }

  #closed(): void {
    this.#handler.onClosed();
    for (const { onLost } of this.#exchanges.splice(0)) onLost?.();
  }

  #lookAfter(nowMs: number): void {
    const quietMs = nowMs - this.#sinceMs;
    if (this.#unreadOutput.isStuck(nowMs)) return this.#turns.wait(this.#address, this.#onEnd);
    if (this.#exchanges.length > 0) return;
    if (quietMs >= KEEP_ALIVE_MS) this.#turns.wait(this.#address, this.#onEnd);
    // node:http knows how long a request may take.
    else if (this.#unread.length > 0 && !this.#isBlocked && quietMs >= UNFINISHED_MS) {
      this.#isOther = true;
      this.#readOnNextTurn();
    }
  }

  #end(): void {
    this.#turns.count();
    this.destroy();
  }

  /** Whether reading must pause until the client has taken its replies, or its requests have been answered. */
  get #isBlocked(): boolean {
    return this.#isOther || this.#exchanges.length >= MAX_PIPELINED || this.#socket.writableNeedDrain;
  }

  #readOn(): void {
    this.#isReading = true;
    this.#turns.start();
    let left = MAX_REQUESTS_PER_TURN;
    while (left > 0 && !this.#turns.isOver && !this.#isBlocked && this.#readRequest()) left -= 1;
    this.#isReading = false;
    if (this.#isOther && this.#exchanges.length === 0) this.#handOver();
    else if (this.#isBlocked) this.#pauseIfBehind();
    else if (this.#unread.length > 0 && (left === 0 || this.#turns.isOver)) this.#readOnNextTurn();
  }

  /** Most clients send nothing before they have their reply: to pause and resume costs more than to take what others send. */
  #pauseIfBehind(): void {
    if (this.#unread.length > 0) this.#socket.pause();
  }

  #readOnNextTurn(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#turns.wait(this.#address, this.#onTurn);
  }

  #takeTurn(): void {
    this.#isWaiting = false;
    this.#resume();
  }

  #resume(): void {
    if (this.#isWaiting || this.#isHandedOver || this.#socket.destroyed) return;
    if (this.#socket.isPaused()) this.#socket.resume();
    this.#readOn();
  }

  /** Returns whether there was one. */
  #readRequest(): boolean {
    if (this.#unread.length === 0) return false;
    const request = this.#request ?? readPlainRequest(this.#unread, this.#former);
    if (request === "incomplete") return false;
    if (request === "other") return this.#noteOther();
    this.#request = request;
    const end = request.headLength + request.bodyLength;
    if (this.#unread.length < end) return false;
    this.#turns.count();
    const exchange: Exchange = { onLost: undefined, response: undefined };
    this.#exchanges.push(exchange);
    const body = this.#unread.subarray(request.headLength, end);
    exchange.onLost = this.#handler.onRequest(request, body, (response) =>
      // An error here must not end the caller, such as the timer of a session.
      this.#guard.run(() => this.#answer(exchange, response)),
    );
    this.#request = undefined;
    this.#former = request;
    this.#unread = this.#unread.length === end ? NOTHING : this.#unread.subarray(end);
    return true;
  }

  #noteOther(): false {
    this.#isOther = true;
    return false;
  }

  #answer(exchange: Exchange, response: TunnelResponse): void {
    exchange.response = response;
    while (this.#exchanges[0]?.response) this.#write(this.#exchanges.shift()!.response!);
    this.#goOn();
  }

  #write(response: TunnelResponse): void {
    if (!this.#socket.writable) return;
    this.#sinceMs = performance.now();
    const pieces = responsePieces(response);
    if (pieces.length === 1) this.#output.write(pieces[0]!);
    else this.#output.writeTogether(pieces);
  }

  /** Not re-entrant: never read from inside an answer. */
  #goOn(): void {
    if (!this.#isReading && this.#socket.isPaused()) queueMicrotask(this.#onRoom);
  }

  #handOver(): void {
    const socket = this.#socket;
    this.#isHandedOver = true;
    this.#turns.count();
    this.#endReading();
    socket.off("drain", this.#onDrain);
    socket.off("close", this.#onClose);
    socket.off("error", ignore);
    this.#handler.onClosed();
    if (socket.destroyed || socket.readableEnded) {
      socket.destroy();
      return;
    }
    // Paused, so that new input cannot overtake the bytes put back.
    socket.pause();
    socket.unshift(Buffer.from(this.#unread));
    this.#unread = NOTHING;
    this.#handler.onOther(socket, this.#sinceMs);
    socket.resume();
  }
}

const NOTHING = Buffer.alloc(0);

/** `close` follows an error, and is handled. */
function ignore(): void {}
