import type { Socket } from "node:net";
import type { Link, LinkHandler } from "@headgate/transport";
import { outliveWrites } from "./outlive-writes.ts";
import { readFrom } from "./shared-read-socket.ts";
import { type DirectSend, SocketOutput } from "./socket-output.ts";

/** The peer of a connection; the socket's own peer may be a proxy. */
export interface TcpPeer {
  readonly transport: "rtmp" | "rtmps" | "worker";
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** A TCP connection, plain or inside TLS, as a Link. Bytes read before must be put back first. */
export class TcpLink implements Link {
  readonly transport: TcpPeer["transport"];
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #socket: Socket;
  readonly #output: SocketOutput;
  #isOver: boolean;
  #isDestroyed = false;
  #error: NodeJS.ErrnoException | undefined;

  /** With `send`, the Link writes past Node's part of the socket while nothing waits in it. */
  constructor(socket: Socket, { transport, remoteAddress, remotePort }: TcpPeer, send?: DirectSend) {
    this.#socket = socket;
    this.#output = new SocketOutput(socket, send);
    this.transport = transport;
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
    this.#isOver = !socket.writable;
    socket.setNoDelay(true);
    outliveWrites(socket);
    // Once either side has ended, errors of the connection do not matter.
    socket.on("error", (error) => {
      if (!socket.writableEnded) this.#error = error;
    });
  }

  get bytesReceived(): number {
    return this.#socket.bytesRead;
  }

  get bytesSent(): number {
    return this.#output.bytesSent;
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  get writable(): boolean {
    return this.#output.hasRoom && !this.#isOver;
  }

  open(handler: LinkHandler): void {
    const socket = this.#socket;
    readFrom(socket, (bytes) => handler.onBytes(bytes));
    socket.on("drain", () => {
      this.#output.hasRoom = true;
      handler.onWritable();
    });
    socket.on("end", () => {
      this.#isOver = true;
    });
    socket.on("close", () => {
      this.#isOver = true;
      if (this.#error && !this.#isDestroyed) this.#deliverRest(handler);
      handler.onClosed(this.#error && reasonOf(this.#error));
    });
  }

  write(bytes: Uint8Array): boolean {
    return this.#isOver || this.#output.write(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#isOver = true;
    this.#socket.end();
  }

  destroy(): void {
    this.#isOver = true;
    this.#isDestroyed = true;
    this.#socket.destroy();
  }

  /** What Node.js has read while the Link was paused, which it keeps when an error ends the socket. */
  #deliverRest(handler: LinkHandler): void {
    const socket = this.#socket;
    for (let bytes = socket.read(); bytes !== null && !this.#isDestroyed; bytes = socket.read())
      handler.onBytes(bytes);
  }
}

/** Closed players often reset their connection; that deserves better words than the system call's. */
function reasonOf(error: NodeJS.ErrnoException): string {
  return error.code === "ECONNRESET" || error.code === "EPIPE" ? "connection reset" : error.message;
}
