import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect as connectTcp, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect } from "node:tls";
import { fileURLToPath } from "node:url";
import type { Link } from "@headgate/transport";
import { linkCompliance } from "@headgate/transport/compliance";
import { TcpLink } from "@headgate/transport-tcp";
import { TlsServer } from "@headgate/transport-tls";
import { afterAll } from "vitest";
import { SocketClient } from "./socket-client.ts";

const HEADGATE = fileURLToPath(new URL("../../apps/gateway/dist/main.js", import.meta.url));

const folder = mkdtempSync(join(tmpdir(), "headgate-compliance-"));
afterAll(() => rmSync(folder, { recursive: true }));
execFileSync(process.execPath, [HEADGATE, "certs", "init", "--folder", folder]);

const tls = new TlsServer({
  certificates: [{ cert: join(folder, "server.crt"), key: join(folder, "server.key") }],
  minVersion: "TLSv1.2",
  maxVersion: "TLSv1.3",
  handshakeMs: 10_000,
});

linkCompliance({
  transport: "rtmps",
  start: async () => {
    const clients: SocketClient[] = [];
    const expected: ((link: Link) => void)[] = [];
    const server = createServer(async (socket) => {
      const { remoteAddress = "", remotePort = 0 } = socket;
      const secured = await tls.secure(socket);
      expected.shift()?.(new TcpLink(secured, { transport: "rtmps", remoteAddress, remotePort }));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return {
      connect: async (onLink) => {
        expected.push(onLink);
        const client = await dial((server.address() as AddressInfo).port);
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

async function dial(port: number): Promise<SocketClient> {
  const carrier = connectTcp({ host: "127.0.0.1", port, allowHalfOpen: true });
  carrier.on("error", () => {});
  await once(carrier, "connect");
  // Not in the types of connect(), which passes it on to the socket all the same.
  const halfOpen: ConnectionOptions & { readonly allowHalfOpen: true } = {
    socket: carrier,
    allowHalfOpen: true,
    rejectUnauthorized: false,
  };
  return new SocketClient(connect(halfOpen), carrier);
}
