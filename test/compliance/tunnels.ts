import { type AddressInfo, createServer, type Socket } from "node:net";
import { TunnelServer } from "@headgate/http";
import { HttpServer } from "@headgate/http-server";
import type { DirectSend } from "@headgate/tcp";
import { NO_FAULTS } from "@headgate/testkit";
import type { Link } from "@headgate/transport";
import type { LinkAdapter } from "@headgate/transport/compliance";
import { pino } from "pino";
import { TunnelClient } from "./tunnel-client.ts";

/** What stands between a tunnel's requests and the network, on both sides. */
export interface Carrier {
  readonly secure?: (socket: Socket) => Promise<Socket>;
  readonly dial: (port: number) => Promise<Socket>;
  /** With it, replies go past the socket where they can. */
  readonly send?: DirectSend | undefined;
}

/** The transport of tunnels, which are the same inside TLS. */
export function tunnels(transport: "rtmpt" | "rtmpts", { secure, dial, send }: Carrier): LinkAdapter {
  return {
    transport,
    ...(send && { carrying: "direct sends" }),
    start: async () => {
      const clients: TunnelClient[] = [];
      const expected: ((link: Link) => void)[] = [];
      const tunnels = new TunnelServer({
        node: "",
        idKey: new Uint8Array(32),
        maxReplyBytes: 128 * 1024,
        faults: NO_FAULTS,
        memory: { tryHold: () => true, release: () => {} },
        onLink: (link) => expected.shift()?.(link),
      });
      const log = pino({ level: "silent" });
      const http = new HttpServer({
        tunnels,
        routes: [],
        webServer: undefined,
        send,
        faults: NO_FAULTS,
        log,
      });
      await http.ready();
      const listener = createServer(async (socket) => {
        const { remoteAddress = "", remotePort = 0 } = socket;
        socket.setNoDelay(true);
        const peer = { isSecure: secure !== undefined, remoteAddress, remotePort };
        http.accept(secure ? await secure(socket) : socket, peer);
      });
      await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
      const { port } = listener.address() as AddressInfo;
      return {
        connect: async (onLink) => {
          expected.push(onLink);
          const client = await TunnelClient.connect(() => dial(port));
          clients.push(client);
          return client;
        },
        stop: async () => {
          for (const client of clients) client.destroy();
          await http.close();
          listener.close();
        },
      };
    },
  };
}
