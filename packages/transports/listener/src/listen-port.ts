import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { type Faults, Guard } from "@headgate/transport";
import { canonicalAddress } from "./addresses.ts";
import { BACKLOG, SOCKET_HIGH_WATER_MARK } from "./limits.ts";
import { type ConnectionPermit, Sniffer, type SnifferOptions } from "./sniffer.ts";

export interface ListenPortOptions extends SnifferOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly faults: Faults;
  /** Called before anything is read from a connection; undefined refuses it. */
  readonly admit: (remoteAddress: string) => ConnectionPermit | undefined;
  /** Returns the socket that the connection has from now on: the accepted one, or another that has taken its place. */
  readonly adopt: (accepted: Socket) => Socket;
}

export interface Port {
  /** The actual port, which differs from the requested one if that was 0. */
  readonly port: number;
  /** Accepts no more connections and ends those not recognised yet; the others live on. */
  close(): Promise<void>;
}

/** Listens for every protocol on one port. Rejects with the system's error, such as EADDRINUSE or EACCES. */
export async function listenPort(options: ListenPortOptions): Promise<Port> {
  const arrivals = new Set<Sniffer>();
  const take = (accepted: Socket): void => {
    const remoteAddress =
      accepted.remoteAddress === undefined ? "" : canonicalAddress(accepted.remoteAddress);
    const permit = options.admit(remoteAddress);
    if (!permit) {
      accepted.destroy();
      return;
    }
    const socket = options.adopt(accepted);
    const guard = new Guard(options.faults, "connection", () => socket.destroy());
    guard.run(() => {
      const onDone = () => arrivals.delete(arrival);
      const arrival: Sniffer = new Sniffer({ socket, remoteAddress, permit, options, guard, onDone });
      arrivals.add(arrival);
    });
  };
  const server = createServer({ highWaterMark: SOCKET_HIGH_WATER_MARK, noDelay: true }, (accepted) => {
    const guard = new Guard(options.faults, "connection", () => accepted.destroy());
    guard.run(() => take(accepted));
  });
  server.listen({ host: options.host, port: options.port, backlog: BACKLOG });
  await once(server, "listening");
  // From here on an error is a connection that could not be accepted. Without a handler it would end the process.
  server.on("error", () => {});
  return {
    port: (server.address() as AddressInfo).port,
    // server.close() would wait for the last connection; the listening socket itself is closed at once.
    close: async () => {
      server.close();
      for (const arrival of arrivals) arrival.destroy();
    },
  };
}
