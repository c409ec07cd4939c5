import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { TcpLink } from "@headgate/tcp";
import type { Link } from "@headgate/transport";
import { type LinkAdapter, linkCompliance } from "@headgate/transport/compliance";
import { SocketClient } from "./socket-client.ts";
import { dialTls, newTlsServer } from "./tls-identity.ts";
import { withRtmpe } from "./with-rtmpe.ts";

const tls = newTlsServer();

const rtmps: LinkAdapter = {
  transport: "rtmps",
  keepsInput: true,
  start: async () => {
    const clients: SocketClient[] = [];
    const expected: ((link: Link) => void)[] = [];
    const server = createServer(async (socket) => {
      const { remoteAddress = "", remotePort = 0 } = socket;
      const secured = await tls.secure(socket, "127.0.0.1", () => {});
      expected.shift()?.(new TcpLink(secured, { transport: "rtmps", remoteAddress, remotePort }));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return {
      connect: async (onLink) => {
        expected.push(onLink);
        const { secured, carrier } = await dialTls((server.address() as AddressInfo).port);
        const client = new SocketClient(secured, carrier);
        clients.push(client);
        return client;
      },
      stop: async () => {
        for (const client of clients) client.destroy();
        server.close();
      },
    };
  },
};

linkCompliance(rtmps);
linkCompliance(withRtmpe(rtmps));
