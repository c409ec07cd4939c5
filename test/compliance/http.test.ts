import { type AddressInfo, createServer } from "node:net";
import type { Link } from "@headgate/transport";
import { linkCompliance } from "@headgate/transport/compliance";
import { TunnelServer } from "@headgate/transport-http";
import { TunnelClient } from "./tunnel-client.ts";

linkCompliance({
  transport: "rtmpt",
  start: async () => {
    const clients: TunnelClient[] = [];
    const expected: ((link: Link) => void)[] = [];
    const tunnel = new TunnelServer({
      maxReplyBytes: 128 * 1024,
      onLink: (link) => expected.shift()?.(link),
      onOther: (_, response) => response.end(),
    });
    const listener = createServer((socket) => {
      socket.setNoDelay(true);
      tunnel.accept(socket, {
        isSecure: false,
        remoteAddress: socket.remoteAddress ?? "",
        remotePort: socket.remotePort ?? 0,
        clientOf: () => undefined,
      });
    });
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    const { port } = listener.address() as AddressInfo;
    return {
      connect: async (onLink) => {
        expected.push(onLink);
        const client = await TunnelClient.connect(port);
        clients.push(client);
        return client;
      },
      stop: async () => {
        for (const client of clients) client.destroy();
        tunnel.close();
        listener.close();
      },
    };
  },
});
