import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { send } from "@headgate/direct-io";
import { type DirectSend, TcpLink } from "@headgate/tcp";
import type { Link } from "@headgate/transport";
import { type LinkAdapter, linkCompliance } from "@headgate/transport/compliance";
import { SocketClient } from "./socket-client.ts";
import { withRtmpe } from "./with-rtmpe.ts";

/** With `send`, what Links write goes past the socket where it can. */
const rtmp = (send?: DirectSend): LinkAdapter => ({
  transport: "rtmp",
  ...(send && { carrying: "direct sends" }),
  start: async () => {
    const clients: SocketClient[] = [];
    const expected: ((link: Link) => void)[] = [];
    const server = createServer((socket) => {
      const { remoteAddress = "", remotePort = 0 } = socket;
      expected.shift()?.(new TcpLink(socket, { transport: "rtmp", remoteAddress, remotePort }, send));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return {
      connect: async (onLink) => {
        expected.push(onLink);
        const client = await SocketClient.connect((server.address() as AddressInfo).port);
        clients.push(client);
        return client;
      },
      stop: async () => {
        for (const client of clients) client.destroy();
        server.close();
      },
    };
  },
});

linkCompliance(rtmp());
linkCompliance(withRtmpe(rtmp()));

// programs.test.ts says when it is missing.
if (send) linkCompliance(rtmp(send));
