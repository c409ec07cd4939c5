import { type AddressInfo, createServer, type Socket } from "node:net";
import { ReplyReading, TunnelClientLink } from "@headgate/http";
import { connectTcp, TcpLink } from "@headgate/tcp";
import { NO_FAULTS } from "@headgate/testkit";
import { TlsClient } from "@headgate/tls";
import type { Link } from "@headgate/transport";
import { type LinkAdapter, linkCompliance } from "@headgate/transport/compliance";
import { SocketClient } from "./socket-client.ts";
import { newTlsServer } from "./tls-identity.ts";
import { TunnelPeer } from "./tunnel-peer.ts";
import { withRtmpe } from "./with-rtmpe.ts";

const TIMEOUT_MS = 10_000;
const HOST = "127.0.0.1";
const tls = newTlsServer();
const tlsClient = new TlsClient(NO_FAULTS);
const reading = new ReplyReading(NO_FAULTS, { tryHold: () => true, release: () => {} });

/** Links to a server, whose sockets are the clients of the suite. */
function toSockets(transport: "rtmp" | "rtmps"): LinkAdapter {
  return {
    transport,
    start: async () => {
      const peers: SocketClient[] = [];
      const expected: ((peer: SocketClient) => void)[] = [];
      const server = createServer({ allowHalfOpen: transport === "rtmp" }, async (socket) => {
        const peer = await (transport === "rtmp" ? new SocketClient(socket) : securedPeer(socket));
        peers.push(peer);
        expected.shift()?.(peer);
      });
      await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
      const { port } = server.address() as AddressInfo;
      return {
        connect: async (onLink) => {
          const arrives = new Promise<SocketClient>((resolve) => expected.push(resolve));
          const plain = await connectTcp({ host: HOST, port }, TIMEOUT_MS);
          const trustWords = { ca: "", insecure: "" };
          const options = { host: HOST, ca: undefined, insecure: true, trustWords, timeoutMs: TIMEOUT_MS };
          const socket = transport === "rtmp" ? plain : await tlsClient.secure(plain, options);
          onLink(new TcpLink(socket, { transport, remoteAddress: HOST, remotePort: port }));
          return arrives;
        },
        stop: async () => {
          for (const peer of peers) peer.destroy();
          server.close();
        },
      };
    },
  };
}

/** A Link that is destroyed at once may be gone before this side has finished its handshake. */
async function securedPeer(socket: Socket): Promise<SocketClient> {
  try {
    const secured = await tls.secure(socket, "127.0.0.1", () => {});
    secured.allowHalfOpen = true;
    return new SocketClient(secured, socket);
  } catch {
    const gone = new SocketClient(socket);
    gone.ended = true;
    return gone;
  }
}

const rtmpt: LinkAdapter = {
  transport: "rtmpt",
  canHalfClose: false,
  start: async () => {
    const peers: TunnelPeer[] = [];
    const links: Link[] = [];
    return {
      connect: async (onLink) => {
        const peer = await TunnelPeer.listen();
        peers.push(peer);
        const { port } = peer;
        const dial = (): Promise<Socket> => connectTcp({ host: HOST, port }, TIMEOUT_MS);
        const target = {
          ...({ transport: "rtmpt", host: HOST, port, dial } as const),
          ...{ isProxied: false, timeoutMs: TIMEOUT_MS, reading },
        };
        const link = await TunnelClientLink.open(target);
        links.push(link);
        onLink(link);
        return peer;
      },
      stop: async () => {
        for (const link of links) link.destroy();
        for (const peer of peers) peer.stop();
      },
    };
  },
};

for (const adapter of [toSockets("rtmp"), toSockets("rtmps"), rtmpt])
  linkCompliance({ ...adapter, carrying: "bytes outward" });

// Over TCP and TLS it is the Link that servers have too.
linkCompliance(withRtmpe(rtmpt));
