import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { RawClient } from "@headgate/transport/compliance";

/** How long it keeps a request that it has nothing for, in milliseconds. */
const HOLD_MS = 20;

const MAX_REPLY_BYTES = 256 * 1024;

/** A server of one tunnel session as the specification of RTMPT has it, by bytes. */
export class TunnelPeer implements RawClient {
  readonly #server: Server;
  readonly #pieces: Uint8Array[] = [];
  ended = false;
  receivedBytes = 0;
  #toSend: Buffer[] = [];
  #isEnding = false;
  #isBroken = false;
  #isPaused = false;
  #onResumed: (() => void)[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async listen(): Promise<TunnelPeer> {
    const server = createServer();
    const peer = new TunnelPeer(server);
    server.on("request", (request, response) => peer.#handle(request, response));
    server.on("connection", (socket) => {
      // A client that is gone has ended, whether it says so or not.
      socket.once("close", () => {
        peer.ended = true;
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return peer;
  }

  get address(): string {
    return "127.0.0.1";
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get received(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#pieces));
  }

  /** A request that waits for its answer gets it, however much of what it brought is wanted. */
  write(bytes: Uint8Array): void {
    this.#toSend.push(Buffer.from(bytes));
    this.#onResumed.shift()?.();
  }

  end(): void {
    this.#isEnding = true;
    this.#onResumed.shift()?.();
  }

  reset(): void {
    this.#isBroken = true;
    this.resume();
    this.#server.closeAllConnections();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    for (const answer of this.#onResumed.splice(0)) answer();
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#isBroken) return void request.socket.resetAndDestroy();
    const pieces: Buffer[] = [];
    try {
      for await (const piece of request) pieces.push(piece);
    } catch {
      return;
    }
    if (this.#isPaused) await new Promise<void>((resolve) => this.#onResumed.push(resolve));
    const [, command] = (request.url ?? "").split("/");
    if (command === "open") return void response.end("session1\n");
    if (command === "send") this.#take(Buffer.concat(pieces));
    if (command === "close") this.ended = true;
    if (command === "idle" && this.#toSend.length === 0 && !this.#isEnding)
      await new Promise((resolve) => setTimeout(resolve, HOLD_MS));
    const isOver = this.#isEnding && this.#toSend.length === 0 && command === "idle";
    response.statusCode = isOver ? 404 : 200;
    response.end(Buffer.concat([Buffer.of(1), isOver ? Buffer.alloc(0) : this.#give()]));
  }

  #take(bytes: Buffer): void {
    this.#pieces.push(bytes);
    this.receivedBytes += bytes.length;
  }

  #give(): Buffer {
    const given: Buffer[] = [];
    for (let left = MAX_REPLY_BYTES; left > 0; ) {
      const [first] = this.#toSend;
      if (!first) break;
      given.push(first.subarray(0, left));
      if (first.length > left) this.#toSend[0] = first.subarray(left);
      else this.#toSend.shift();
      left -= first.length;
    }
    return Buffer.concat(given);
  }
}
