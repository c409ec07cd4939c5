import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import type { Random } from "@headgate/testkit";

/** Addresses of this machine other than the honest clients': 127.0.1.1 and so on. */
const ADDRESSES = 50;

/** A connection of a hostile client. Any outcome is fine. */
export class HostileSocket {
  readonly #socket: Socket;
  readonly #isTls: boolean;
  #received = Buffer.alloc(0);

  constructor(port: number, random: Random, isTls = false) {
    const options = { host: "127.0.0.1", port, localAddress: `127.0.1.${1 + random.below(ADDRESSES)}` };
    this.#isTls = isTls;
    this.#socket = isTls ? connectTls({ ...options, rejectUnauthorized: false }) : connect(options);
    this.#socket.on("error", () => {});
    // The beginning is enough to read a reply.
    this.#socket.on("data", (bytes: Buffer) => {
      if (this.#received.length < 4096) this.#received = Buffer.concat([this.#received, bytes]);
    });
  }

  get isClosed(): boolean {
    return this.#socket.destroyed;
  }

  /** The beginning of the bytes received since the last call. */
  take(): string {
    const text = this.#received.toString("latin1");
    this.#received = Buffer.alloc(0);
    return text;
  }

  /** Writes in pieces, with a pause before each piece. */
  async write(pieces: readonly Uint8Array[], pauseMs = 0): Promise<void> {
    for (const piece of pieces) {
      if (this.#socket.destroyed || !this.#socket.writable) return;
      if (pauseMs > 0) await sleep(pauseMs);
      this.#socket.write(piece);
    }
  }

  stopReading(): void {
    this.#socket.pause();
  }

  /** Closes in one of three ways: with a FIN, at once, or with a RST, which TLS does not have. */
  leave(random: Random): void {
    const way = random.below(3);
    if (way === 0) this.#socket.end();
    else if (way === 1 && !this.#isTls) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
    // For a server that does not answer the FIN.
    if (way === 0) setTimeout(() => this.#socket.destroy(), 1_000).unref();
  }
}
