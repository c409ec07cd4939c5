import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { TunnelClientLink } from "./tunnel-client-link.ts";

const SWITCHING = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n";

const servers = new Set<Server>();

afterEach(() => {
  for (const server of servers) server.close();
  servers.clear();
});

/** A server that gives these answers one after the other, and the last one to every later request; opens a Link to it. */
async function dial(...answers: readonly string[]): Promise<TunnelClientLink> {
  let asked = 0;
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", () => {
      socket.write(answers[Math.min(asked, answers.length - 1)]!);
      asked += 1;
    });
  });
  servers.add(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const connectTo = async (): Promise<Socket> => {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return socket;
  };
  return TunnelClientLink.open({
    transport: "rtmpt",
    host: "127.0.0.1",
    port,
    dial: connectTo,
    isProxied: false,
    timeoutMs: 60_000,
  });
}

test("a server that switches to another protocol opens no tunnel", async () => {
  await expect(dial(SWITCHING)).rejects.toMatchObject({ code: "TUNNEL_REFUSED" });
});

test("a server that switches to another protocol later ends the tunnel", async () => {
  const link = await dial("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc\n", SWITCHING);
  const reason = await new Promise((resolve) => {
    link.open({ onBytes: () => {}, onWritable: () => {}, onClosed: resolve });
  });
  expect(reason).toBe("connection reset");
});
