import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { Link, Listener } from "@headgate/transport";
import { TcpLink } from "./tcp-link.ts";

export interface TcpListenOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Called for every connection; a Link that is not opened at once is to be destroyed. */
  readonly onLink: (link: Link) => void;
}

/** Connections the kernel keeps while this process is busy; after a restart all players come back at once. */
const BACKLOG = 4096;

/** Listens for RTMP over plain TCP. Rejects with the system's error, such as EADDRINUSE or EACCES. */
export async function listenTcp({ host, port, onLink }: TcpListenOptions): Promise<Listener> {
  const server = createServer((socket) => onLink(new TcpLink(socket)));
  server.listen({ host, port, backlog: BACKLOG });
  await once(server, "listening");
  // From here on an error is a connection that could not be accepted; nobody hearing of it would end the process.
  server.on("error", () => {});
  return {
    port: (server.address() as AddressInfo).port,
    // server.close() would wait for the last connection; the listening socket itself is closed at once.
    close: async () => {
      server.close();
    },
  };
}
