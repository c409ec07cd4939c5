import type { Socket } from "node:net";
import { addressKey, type Guard } from "@headgate/transport";
import { MAX_PARSED_BYTES, MAX_REQUESTS_PER_TURN, MIN_PARSED_BYTES } from "./limits.ts";
import type { RequestTurns } from "./request-turns.ts";

/**
 * Feeds node:http the input of a connection in small pieces. Otherwise it takes all requests of a packet at once, which can be
 * 2,500, and those of every other connection, before anything else is served.
 */
export class PacedReading {
  readonly #socket: Socket;
  readonly #turns: RequestTurns;
  readonly #address: string;
  /** The function with which node:http takes bytes. */
  readonly #take: (bytes: Buffer) => void;
  readonly #goOn: () => void;
  readonly #onData: (bytes: Buffer) => void;
  readonly #onResume: () => void;
  #unread: Buffer = NOTHING;
  #pieceBytes = MIN_PARSED_BYTES;
  /** Requests since the last turn. */
  #requests = 0;
  #isFull = false;
  /** The connection is paused here, and not by node:http, which pauses it too. */
  #isHeld = false;

  /** For a connection that node:http owns and that does not flow yet, and whose client has this address. */
  constructor(socket: Socket, remoteAddress: string, turns: RequestTurns, guard: Guard) {
    this.#socket = socket;
    this.#turns = turns;
    this.#address = addressKey(remoteAddress);
    const [take] = socket.listeners("data");
    this.#take = take as (bytes: Buffer) => void;
    this.#goOn = guard.entry(() => this.#release());
    socket.off("data", this.#take);
    this.#onData = guard.entry((bytes: Buffer) => this.#receive(bytes));
    this.#onResume = guard.entry(() => this.#resumed());
    socket.on("data", this.#onData);
    socket.on("resume", this.#onResume);
  }

  /** To be called for each request of the connection. */
  count(): void {
    this.#requests += 1;
    this.#turns.count();
  }

  /** Whether too many requests wait for their answers to go on reading. */
  set isFull(isFull: boolean) {
    this.#isFull = isFull;
    if (!isFull && this.#isHeld) this.#turns.wait(this.#address, this.#goOn);
  }

  /** Lets go of the connection, which carries another protocol from now on, and puts back what node:http has not had. */
  release(): void {
    this.#socket.off("data", this.#onData);
    this.#socket.off("resume", this.#onResume);
    if (this.#unread.length > 0) this.#socket.unshift(this.#unread);
    this.#unread = NOTHING;
  }

  #receive(bytes: Buffer): void {
    this.#unread = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes]);
    this.#read();
  }

  #read(): void {
    const socket = this.#socket;
    // node:http pauses the connection while it does not want more.
    while (this.#unread.length > 0 && !socket.destroyed && !socket.isPaused()) {
      if (this.#isFull || this.#turns.isOver || this.#requests >= MAX_REQUESTS_PER_TURN) return this.#hold();
      const before = this.#requests;
      const piece = this.#unread.subarray(0, this.#pieceBytes);
      this.#unread = this.#unread.length === piece.length ? NOTHING : this.#unread.subarray(piece.length);
      this.#take(piece);
      // A piece without a request belongs to a body.
      this.#pieceBytes =
        this.#requests === before ? Math.min(2 * this.#pieceBytes, MAX_PARSED_BYTES) : MIN_PARSED_BYTES;
    }
  }

  #hold(): void {
    this.#isHeld = true;
    this.#socket.pause();
    if (!this.#isFull) this.#turns.wait(this.#address, this.#goOn);
  }

  #release(): void {
    if (this.#isFull) return;
    this.#requests = 0;
    this.#isHeld = false;
    this.#socket.resume();
    // Now, not when the socket has resumed: other connections have used up this turn by then.
    this.#read();
  }

  /** node:http resumes the connection for bodies of requests that have already arrived. */
  #resumed(): void {
    if (this.#isHeld) this.#socket.pause();
    else this.#read();
  }
}

const NOTHING = Buffer.alloc(0);
