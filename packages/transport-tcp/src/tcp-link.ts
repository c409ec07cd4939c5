import type { Socket } from "node:net";
import type { Link, LinkHandler } from "@headgate/transport";

/** How an IPv4 peer looks to a socket that listens for IPv6 too (RFC 4291 §2.5.5.2). */
const IPV4_MAPPED = /^::ffff:(?=\d+\.)/;

/** A TCP connection as a Link. */
export class TcpLink implements Link {
  readonly transport = "rtmp";
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #socket: Socket;
  #error: NodeJS.ErrnoException | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.remoteAddress = (socket.remoteAddress ?? "").replace(IPV4_MAPPED, "");
    this.remotePort = socket.remotePort ?? 0;
    socket.setNoDelay(true);
    // Once either side has ended, what happens to the connection is nobody's problem.
    socket.on("error", (error) => {
      if (!socket.writableEnded) this.#error = error;
    });
  }

  get bytesReceived(): number {
    return this.#socket.bytesRead;
  }

  get bytesSent(): number {
    return this.#socket.bytesWritten;
  }

  get writable(): boolean {
    return this.#socket.writable && !this.#socket.writableNeedDrain;
  }

  open(handler: LinkHandler): void {
    this.#socket.on("data", (bytes) => handler.onBytes(bytes));
    this.#socket.on("drain", () => handler.onWritable());
    this.#socket.on("close", () => handler.onClosed(this.#error && reasonOf(this.#error)));
  }

  write(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** Players that are closed reset their connection every day; that deserves better words than the system call's. */
function reasonOf(error: NodeJS.ErrnoException): string {
  return error.code === "ECONNRESET" || error.code === "EPIPE" ? "connection reset" : error.message;
}
