import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

/** Hands bytes to the system's socket, and returns how many it has taken. */
export type DirectSend = (descriptor: number, bytes: Uint8Array) => number;

/** What is written to a socket. With `send`, and outside of TLS, it goes past Node's part of the socket while nothing waits there. */
export class SocketOutput {
  /** Whether the socket has taken everything written: set again by its owner when it drains. A copy, because asking the socket is slower. */
  hasRoom = true;
  readonly #socket: Socket;
  readonly #send: DirectSend | undefined;
  /** Whether some of what was written may still wait in the socket. A copy as well. */
  #mayBeQueued = true;
  #directlySent = 0;

  constructor(socket: Socket, send: DirectSend | undefined) {
    this.#socket = socket;
    this.#send = socket instanceof TLSSocket ? undefined : send;
  }

  get bytesSent(): number {
    return this.#socket.bytesWritten + this.#directlySent;
  }

  /** Returns whether the system has taken all of it. */
  write(bytes: Uint8Array): boolean {
    const sent = this.#send ? this.#sendDirectly(this.#send, bytes) : 0;
    if (sent === bytes.length) return true;
    this.hasRoom = this.#socket.write(asBuffer(sent === 0 ? bytes : bytes.subarray(sent)));
    // The system takes at once what fits; inside TLS this is known only later.
    this.#mayBeQueued = this.#socket.writableLength > 0;
    return !this.#mayBeQueued;
  }

  /** In one write of the socket. */
  writeTogether(pieces: readonly Uint8Array[]): void {
    this.#socket.cork();
    for (const piece of pieces) this.hasRoom = this.#socket.write(piece);
    this.#socket.uncork();
    this.#mayBeQueued = true;
  }

  /** Returns how many bytes the system has taken: none if it might get them before bytes that wait in the socket. */
  #sendDirectly(send: DirectSend, bytes: Uint8Array): number {
    if (this.#mayBeQueued && this.#socket.writableLength > 0) return 0;
    this.#mayBeQueued = false;
    // Asked for each time: after the connection is closed, the system gives its descriptor to another one.
    const descriptor = descriptorOf(this.#socket);
    if (descriptor === undefined) return 0;
    const sent = send(descriptor, bytes);
    this.#directlySent += sent;
    return sent;
  }
}

/** Undefined once the socket is closed, or with a Node.js that has changed inside. */
function descriptorOf(socket: Socket): number | undefined {
  const descriptor = (socket as unknown as { readonly _handle?: { readonly fd?: number } | null })._handle
    ?.fd;
  return descriptor !== undefined && descriptor >= 0 ? descriptor : undefined;
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
