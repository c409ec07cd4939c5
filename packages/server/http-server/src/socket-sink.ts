import type { Socket } from "node:net";
import { type DirectSend, SocketOutput } from "@headgate/tcp";
import type { Guard } from "@headgate/transport";
import type { FastifyReply, FastifyRequest } from "fastify";

declare module "fastify" {
  interface FastifyInstance {
    /** Writes to sockets past Node's part of them. */
    readonly directSend: DirectSend | undefined;
  }
}

/** The time for each of the last bytes. Milliseconds. */
const LAST_BYTES_MS = 10_000;

/**
 * The rest of a connection, once its reply is written past node:http: the body of a reply that lasts, or a WebSocket. It ends with
 * the connection.
 */
export class SocketSink {
  readonly remoteAddress: string;
  readonly #socket: Socket;
  readonly #output: SocketOutput;
  readonly #guard: Guard;
  readonly #sentBefore: number;
  #isOver: boolean;

  private constructor(socket: Socket, remoteAddress: string, guard: Guard, send: DirectSend | undefined) {
    this.remoteAddress = remoteAddress;
    this.#socket = socket;
    this.#guard = guard;
    this.#output = new SocketOutput(socket, send);
    this.#sentBefore = this.#output.bytesSent;
    this.#isOver = !socket.writable;
    socket.setNoDelay(true);
  }

  /**
   * Takes over what is written to the connection of a request; undefined if the reply to another request comes before it. The caller
   * has hijacked the reply, and ends the connection if the guard does.
   */
  static of(
    { server, peer }: FastifyRequest,
    { raw: { socket } }: FastifyReply,
    guard: Guard,
  ): SocketSink | undefined {
    return socket === null ? undefined : new SocketSink(socket, peer.remoteAddress, guard, server.directSend);
  }

  /** Has `onWritable` called when it was not writable and is again. */
  open(onWritable: () => void): void {
    const onDrain = this.#guard.entry(() => {
      this.#output.hasRoom = true;
      onWritable();
    });
    const onClose = this.#guard.entry(() => {
      this.#isOver = true;
    });
    this.#socket.on("drain", onDrain);
    this.#socket.once("close", onClose);
  }

  get bytesSent(): number {
    return this.#output.bytesSent - this.#sentBefore;
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  get writable(): boolean {
    return this.#output.hasRoom && !this.#isOver;
  }

  /** Returns whether the bytes have left the process. */
  write(bytes: Uint8Array): boolean {
    return this.#isOver || this.#output.write(bytes);
  }

  /** Ends the connection once everything has been sent. */
  end(): void {
    this.#isOver = true;
    const onTimeout = this.#guard.entry(() => this.#socket.destroy());
    this.#socket.setTimeout(LAST_BYTES_MS, onTimeout);
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#isOver = true;
    this.#socket.destroy();
  }
}
