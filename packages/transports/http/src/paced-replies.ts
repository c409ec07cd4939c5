import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { addressKey, Guard } from "@headgate/transport";
import { MAX_INFORMATIONAL_REPLIES, MAX_PARSED_REPLY_BYTES } from "./limits.ts";
import type { ReplyReading } from "./reply-reading.ts";
import type { ReplyTurns } from "./reply-turns.ts";

/**
 * Feeds node:http the replies on one connection in small parts, in turns with other servers. Otherwise it takes all that a packet
 * holds at once, which can be 10,000 chunks of a byte, and that of every other connection, before anything else happens.
 */
export class PacedReplies {
  readonly #socket: Socket;
  readonly #server: string;
  readonly #turns: ReplyTurns;
  readonly #guard: Guard;
  readonly #goOn: () => void;
  readonly #onData: (bytes: Buffer) => void;
  readonly #onResume: () => void;
  /** The function with which node:http takes the bytes of the reply that is awaited. */
  #take: ((bytes: Buffer) => void) | undefined;
  /** The reply that is awaited, once its head is there. */
  #reply: IncomingMessage | undefined;
  #unread: Buffer = NOTHING;
  /** The connection is paused here, and not by node:http, which pauses it too. */
  #isHeld = false;

  /** For a connection to `host` on which nothing has been asked yet. */
  constructor(socket: Socket, host: string, { turns, faults }: ReplyReading) {
    this.#socket = socket;
    this.#server = addressKey(host);
    this.#turns = turns;
    this.#guard = new Guard(faults, "connection", () => socket.destroy());
    this.#goOn = this.#guard.entry(() => this.#release());
    this.#onData = this.#guard.entry((bytes: Buffer) => this.#receive(bytes));
    this.#onResume = this.#guard.entry(() => this.#resumed());
    socket.on("data", this.#onData);
    socket.on("resume", this.#onResume);
  }

  /** To be called when node:http has begun to listen for the reply to a request. */
  expect(asked: ClientRequest): void {
    const take = this.#socket.listeners("data").find((listener) => listener !== this.#onData);
    this.#take = take as (bytes: Buffer) => void;
    this.#socket.off("data", this.#take);
    this.#reply = undefined;
    let informational = 0;
    const onInformation = this.#guard.entry(() => {
      informational += 1;
      if (informational > MAX_INFORMATIONAL_REPLIES)
        this.#socket.destroy(new Error("the server sends too many informational replies"));
    });
    const onReply = this.#guard.entry((reply: IncomingMessage) => {
      this.#reply = reply;
    });
    asked.on("information", onInformation);
    asked.once("response", onReply);
  }

  /** Lets go of the connection, which carries another protocol from now on, and returns what node:http has not had. */
  end(): Buffer {
    const unread = this.#unread;
    this.#unread = NOTHING;
    this.#take = undefined;
    this.#socket.off("data", this.#onData);
    this.#socket.off("resume", this.#onResume);
    return unread;
  }

  #receive(bytes: Buffer): void {
    const socket = this.#socket;
    this.#unread = bytes;
    while (this.#unread.length > 0 && !socket.destroyed) {
      const take = this.#take;
      // More than was asked for. Some servers say so that they close an idle connection.
      if (!take) return void socket.destroy();
      // node:http pauses the connection while it does not want more.
      if (socket.isPaused()) return this.#putBack();
      if (this.#turns.isOver) return this.#hold();
      const part = this.#unread.subarray(0, MAX_PARSED_REPLY_BYTES);
      this.#unread = this.#unread.subarray(part.length);
      this.#turns.spend(() => take.call(socket, part));
      if (this.#reply?.complete) this.#take = undefined;
    }
  }

  #hold(): void {
    this.#isHeld = true;
    this.#socket.pause();
    this.#putBack();
    this.#turns.wait(this.#server, this.#goOn);
  }

  /** What was kept here could be overtaken by the end of the connection. */
  #putBack(): void {
    const unread = this.#unread;
    this.#unread = NOTHING;
    this.#socket.unshift(unread);
  }

  #release(): void {
    this.#isHeld = false;
    if (this.#socket.destroyed) return;
    this.#socket.resume();
    // Now, not when the socket has resumed: other connections have used up this turn by then.
    this.#socket.read();
  }

  /** node:http resumes the connection for a body. */
  #resumed(): void {
    if (this.#isHeld) this.#socket.pause();
  }
}

const NOTHING = Buffer.alloc(0);
