import type { Socket } from "node:net";
import { type Faults, Guard } from "@headgate/transport";
import type { HttpConnections } from "./http-connections.ts";

/** The client of a connection. */
export interface AdminPeer {
  readonly remoteAddress: string;
}

/**
 * Shakes hands as a TLS server on a socket whose bytes are all still to be read, and resolves with the socket inside TLS; undefined,
 * and the given one is destroyed, if the client does not.
 */
export type Secure = (socket: Socket, remoteAddress: string) => Promise<Socket | undefined>;

interface AdminConnectionsOptions {
  readonly faults: Faults;
  readonly secure?: Secure;
}

/** The connections of the admin server, from when they are accepted. */
export class AdminConnections {
  readonly #requests: HttpConnections<AdminPeer>;
  readonly #options: AdminConnectionsOptions;
  readonly #open = new Set<Socket>();

  constructor(requests: HttpConnections<AdminPeer>, options: AdminConnectionsOptions) {
    this.#requests = requests;
    this.#options = options;
  }

  /** Has node:http read the connection by `serve`, after the handshake. */
  accept(socket: Socket, serve: (socket: Socket) => void): void {
    const { faults, secure } = this.#options;
    const guard = new Guard(faults, "connection", () => socket.destroy());
    const peer = { remoteAddress: socket.remoteAddress ?? "" };
    const handOver = (served: Socket): void => {
      serve(served);
      this.#requests.add(served, peer, performance.now());
    };
    guard.run(() => {
      const onClose = guard.entry(() => this.#open.delete(socket));
      this.#open.add(socket);
      socket.once("close", onClose);
      if (!secure) return handOver(socket);
      // `close` follows.
      socket.on("error", () => {});
      guard.settle(secure(socket, peer.remoteAddress), (secured) => {
        if (secured && !secured.destroyed) handOver(secured);
      });
    });
  }

  /** Ends all of them. */
  end(): void {
    for (const socket of this.#open) socket.destroy();
  }
}
