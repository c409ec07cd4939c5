import type { Socket } from "node:net";
import { addressKey, type Guard } from "@headgate/transport";
import { MAX_FEW_PIECES, MAX_PARSED_BYTES, MAX_REQUESTS_PER_TURN, MIN_PARSED_BYTES } from "./limits.ts";
import type { RequestTurns } from "./request-turns.ts";
import { SmallPieces } from "./small-pieces.ts";

/**
 * Feeds node:http the input of a connection in small parts. Otherwise it takes all requests of a packet at once, which can be
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
  #partBytes = MIN_PARSED_BYTES;
  /** Requests that have been read and are to be handled, in order: a part can hold more than a turn has time for. */
  readonly #unhandled: (() => void)[] = [];
  readonly #smallPieces = new SmallPieces(performance.now());
  /** Requests and pieces of bodies since the last turn. */
  #counted = 0;
  /** The same in the part that is read now, with requests that are to be handled. */
  #found = 0;
  /** Whether the next piece is the first one of its request, or of the part. */
  #isFirst = true;
  #isFull = false;
  /** The connection is paused here. */
  #isHeld = false;
  /** It is paused by node:http, which must not be given anything then. */
  #isStopped = false;

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

  /** Handles a request of the connection when its turn comes, maybe at once. */
  request(handle: () => void): void {
    // The next one costs much more than the bytes of a body.
    this.#found = Number.POSITIVE_INFINITY;
    this.#isFirst = true;
    if (this.#unhandled.length > 0 || this.#isOver) {
      this.#unhandled.push(handle);
      return;
    }
    this.#count();
    handle();
  }

  /** To be called for each piece of a body. Returns false if too many are small. */
  piece(bytes: number): boolean {
    this.#found += 1;
    this.#count();
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    // A request may have a body of a byte, and a part may begin with the end of a piece.
    return isFirst || this.#smallPieces.take(bytes, performance.now());
  }

  /** Whether too many requests wait for their answers to go on reading. */
  set isFull(isFull: boolean) {
    this.#isFull = isFull;
    if (!isFull && this.#isHeld) this.#turns.wait(this.#address, this.#goOn);
  }

  /**
   * Lets go of the connection, which carries another protocol from now on, and puts back what node:http has not had. If a request
   * before that waits for its turn, the connection ends.
   */
  release(): void {
    this.#socket.off("data", this.#onData);
    this.#socket.off("resume", this.#onResume);
    if (this.#unread.length > 0) this.#socket.unshift(this.#unread);
    this.#unread = NOTHING;
    if (this.#unhandled.splice(0).length > 0) this.#socket.destroy();
  }

  get #isOver(): boolean {
    return this.#turns.isOver || this.#counted >= MAX_REQUESTS_PER_TURN;
  }

  #count(): void {
    this.#counted += 1;
    this.#turns.count();
  }

  #receive(bytes: Buffer): void {
    this.#unread = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes]);
    this.#read();
  }

  #read(): void {
    const socket = this.#socket;
    this.#turns.start();
    while (this.#unread.length > 0 && !socket.destroyed && !socket.isPaused()) {
      if (this.#isFull || this.#isOver || this.#unhandled.length > 0) return this.#hold();
      const part = this.#unread.subarray(0, this.#partBytes);
      this.#unread = this.#unread.length === part.length ? NOTHING : this.#unread.subarray(part.length);
      this.#found = 0;
      this.#isFirst = true;
      this.#take(part);
      // Few pieces in a part are those of a long body.
      this.#partBytes =
        this.#found > MAX_FEW_PIECES ? MIN_PARSED_BYTES : Math.min(2 * this.#partBytes, MAX_PARSED_BYTES);
    }
    this.#isStopped = socket.isPaused();
    if (this.#unhandled.length > 0) this.#hold();
  }

  #hold(): void {
    this.#isHeld = true;
    this.#socket.pause();
    if (!this.#isFull || this.#unhandled.length > 0) this.#turns.wait(this.#address, this.#goOn);
  }

  #release(): void {
    this.#counted = 0;
    this.#turns.start();
    while (this.#unhandled.length > 0 && !this.#isOver) {
      this.#count();
      this.#unhandled.shift()!();
    }
    if (this.#unhandled.length > 0) return this.#turns.wait(this.#address, this.#goOn);
    if (this.#isFull) return;
    this.#isHeld = false;
    if (this.#isStopped) return;
    this.#socket.resume();
    // Now, not when the socket has resumed: other connections have used up this turn by then.
    this.#read();
  }

  /** node:http resumes the connection for bodies of requests that have already arrived. */
  #resumed(): void {
    this.#isStopped = false;
    if (this.#isHeld) this.#socket.pause();
    else this.#read();
  }
}

const NOTHING = Buffer.alloc(0);
