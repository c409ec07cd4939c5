import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { send } from "@headgate/direct-io";
import { type DirectSend, TcpLink, withSharedReads } from "@headgate/tcp";
import type { Link } from "@headgate/transport";
import { type LinkAdapter, linkCompliance } from "@headgate/transport/compliance";
import { SocketClient } from "./socket-client.ts";
import { withRtmpe } from "./with-rtmpe.ts";

/** With shared reads, as servers have them, and with `send`, what Links write goes past the socket where it can. */
const rtmp = (carrying?: string, send?: DirectSend): LinkAdapter => ({
  transport: "rtmp",
  keepsInput: true,
  ...(carrying && { carrying }),
  start: async () => {
    const clients: SocketClient[] = [];
    const expected: ((link: Link) => void)[] = [];
    const server = createServer((accepted) => {
      const { remoteAddress = "", remotePort = 0 } = accepted;
      const socket = carrying ? withSharedReads(accepted) : accepted;
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
linkCompliance(rtmp("shared reads"));
linkCompliance(withRtmpe(rtmp()));

// programs.test.ts says when it is missing.
if (send) linkCompliance(rtmp("direct sends", send));
