import type { Socket } from "node:net";
import type { Link, LinkHandler } from "@headgate/transport";
import { readShared } from "./shared-reads.ts";

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
  /** Another one from {@link open} on. */
  #socket: Socket;
  /** Whether the socket has taken everything written. A copy, because asking the socket is slower. */
  #hasRoom = true;
  #isOver: boolean;
  #error: NodeJS.ErrnoException | undefined;

  constructor(socket: Socket, { transport, remoteAddress, remotePort }: TcpPeer) {
    this.#socket = socket;
    this.transport = transport;
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
    this.#isOver = !socket.writable;
    socket.setNoDelay(true);
    this.#noteErrors(socket);
  }

  get bytesReceived(): number {
    return this.#socket.bytesRead;
  }

  get bytesSent(): number {
    return this.#socket.bytesWritten;
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  get writable(): boolean {
    return this.#hasRoom && !this.#isOver;
  }

  open(handler: LinkHandler): void {
    const socket = this.#read((bytes) => handler.onBytes(bytes));
    socket.on("drain", () => {
      this.#hasRoom = true;
      handler.onWritable();
    });
    socket.on("end", () => {
      this.#isOver = true;
    });
    socket.on("close", () => {
      this.#isOver = true;
      handler.onClosed(this.#error && reasonOf(this.#error));
    });
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isOver) return true;
    this.#hasRoom = this.#socket.write(asBuffer(bytes));
    // The system takes at once what fits; inside TLS this is known only later.
    return this.#socket.writableLength === 0;
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
    this.#socket.destroy();
  }

  /** Begins to read, with what was put back. */
  #read(onBytes: (bytes: Uint8Array) => void): Socket {
    const shared = readShared(this.#socket, onBytes);
    if (!shared) return this.#socket.on("data", onBytes);
    const { socket } = shared;
    this.#socket = socket;
    this.#noteErrors(socket);
    return socket;
  }

  /** Once either side has ended, errors of the connection do not matter. */
  #noteErrors(socket: Socket): void {
    socket.on("error", (error) => {
      if (!socket.writableEnded) this.#error = error;
    });
  }
}

let latest: Buffer = Buffer.alloc(0);

/**
 * The Buffer that a socket would make of the array at each write. Viewers get the same array one after the other, so once is
 * enough.
 */
function asBuffer(bytes: Uint8Array): Buffer {
  const { buffer, byteOffset, byteLength } = bytes;
  const isLatest =
    latest.buffer === buffer && latest.byteOffset === byteOffset && latest.byteLength === byteLength;
  if (!isLatest) latest = Buffer.from(buffer, byteOffset, byteLength);
  return latest;
}

/** Closed players often reset their connection; that deserves better words than the system call's. */
function reasonOf(error: NodeJS.ErrnoException): string {
  return error.code === "ECONNRESET" || error.code === "EPIPE" ? "connection reset" : error.message;
}
