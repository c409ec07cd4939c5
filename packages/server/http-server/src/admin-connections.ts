import type { Socket } from "node:net";
import { addressKey, type Faults, Guard } from "@headgate/transport";
import { type AdminPlace, AdminPlaces } from "./admin-places.ts";
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
  readonly #places = new AdminPlaces();

  constructor(requests: HttpConnections<AdminPeer>, options: AdminConnectionsOptions) {
    this.#requests = requests;
    this.#options = options;
  }

  /** Has node:http read the connection by `serve`, after the handshake, or ends it because its address has enough of them. */
  accept(socket: Socket, serve: (socket: Socket) => void): void {
    const { faults, secure } = this.#options;
    const guard = new Guard(faults, "connection", () => socket.destroy());
    const peer = { remoteAddress: socket.remoteAddress ?? "" };
    const handOver = (served: Socket): void => {
      serve(served);
      this.#requests.add(served, peer, performance.now());
    };
    guard.run(() => {
      const place = this.#placeOf(socket, peer);
      if (!this.#places.enter(place)) return socket.destroy();
      const onClose = guard.entry(() => this.#places.leave(place));
      socket.once("close", onClose);
      if (!secure) return handOver(socket);
      // `close` follows.
      socket.on("error", () => {});
      guard.settle(secure(socket, peer.remoteAddress), (secured) => {
        if (!secured || secured.destroyed) return;
        place.served = secured;
        handOver(secured);
      });
    });
  }

  /** Ends all of them. */
  end(): void {
    this.#places.end();
  }

  #placeOf(socket: Socket, { remoteAddress }: AdminPeer): ServedPlace {
    const acceptedMs = performance.now();
    const place: ServedPlace = {
      key: addressKey(remoteAddress),
      served: this.#options.secure ? undefined : socket,
      idleSinceMs: () => (place.served ? this.#requests.idleSinceMs(place.served) : acceptedMs),
      end: () => socket.destroy(),
    };
    return place;
  }
}

interface ServedPlace extends AdminPlace {
  /** What node:http reads; undefined until the handshake is over. */
  served: Socket | undefined;
}
