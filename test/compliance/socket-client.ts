import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { RawClient } from "@headgate/transport/compliance";

/** A client of any transport whose bytes travel on a socket as they are. */
export class SocketClient implements RawClient {
  readonly address: string;
  readonly port: number;
  ended = false;
  receivedBytes = 0;
  readonly #socket: Socket;
  readonly #carrier: Socket;
  readonly #pieces: Uint8Array[] = [];

  /** The socket is connected and half-open, so that either side ends on its own. It may be carried by another. */
  constructor(socket: Socket, carrier: Socket = socket) {
    this.#socket = socket;
    this.#carrier = carrier;
    this.address = carrier.localAddress ?? "";
    this.port = carrier.localPort ?? 0;
    socket.on("data", (bytes) => {
      this.#pieces.push(bytes);
      this.receivedBytes += bytes.length;
    });
    for (const event of ["end", "close"]) {
      socket.on(event, () => {
        this.ended = true;
      });
    }
    // A reset by the other side is one of the ends that tests bring about.
    socket.on("error", () => {});
  }

  static async connect(port: number): Promise<SocketClient> {
    const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    await once(socket, "connect");
    return new SocketClient(socket);
  }

  get received(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#pieces));
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  end(): void {
    this.#socket.end();
  }

  reset(): void {
    this.#carrier.resetAndDestroy();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
