import type { Link } from "@headgate/transport";
import { linkCompliance } from "@headgate/transport/compliance";
import { listenTcp } from "@headgate/transport-tcp";
import { SocketClient } from "./socket-client.ts";

linkCompliance({
  transport: "rtmp",
  start: async () => {
    const clients: SocketClient[] = [];
    const expected: ((link: Link) => void)[] = [];
    const listener = await listenTcp({
      host: "127.0.0.1",
      port: 0,
      onLink: (link) => expected.shift()?.(link),
    });
    return {
      connect: async (onLink) => {
        expected.push(onLink);
        const client = await SocketClient.connect(listener.port);
        clients.push(client);
        return client;
      },
      stop: async () => {
        for (const client of clients) client.destroy();
        await listener.close();
      },
    };
  },
});
