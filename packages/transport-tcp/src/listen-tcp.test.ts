import { once } from "node:events";
import { connect, type Server, type Socket } from "node:net";
import type { Link, Listener } from "@headgate/transport";
import { afterEach, describe, expect, it, vi } from "vitest";
import { listenTcp } from "./listen-tcp.ts";

/** The servers that were made, for the errors that only the system can bring about. */
const servers: Server[] = [];

vi.mock("node:net", async (importOriginal) => {
  const net = await importOriginal<typeof import("node:net")>();
  const createServer = (...args: Parameters<typeof net.createServer>) => {
    const server = net.createServer(...args);
    servers.push(server);
    return server;
  };
  return { ...net, createServer };
});

const listeners: Listener[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const listener of listeners.splice(0)) await listener.close();
});

/** Listens with a handler that echoes. */
async function listenEcho(host = "127.0.0.1", port = 0): Promise<{ listener: Listener; links: Link[] }> {
  const links: Link[] = [];
  const onLink = (link: Link) => {
    links.push(link);
    link.open({
      onBytes: (bytes) => link.write(new Uint8Array(bytes)),
      onWritable: () => {},
      onClosed: () => {},
    });
  };
  const listener = await listenTcp({ host, port, onLink });
  listeners.push(listener);
  return { listener, links };
}

/** The first bytes that come back to a client that says something. */
async function echo(socket: Socket): Promise<string> {
  socket.write("hello");
  const [bytes] = await once(socket, "data");
  return String(bytes);
}

function dial(port: number, host = "127.0.0.1"): Socket {
  const socket = connect({ host, port });
  sockets.push(socket);
  return socket;
}

describe("a TCP listener", () => {
  it("tells the port it got", async () => {
    const { listener } = await listenEcho();
    expect(listener.port).toBeGreaterThan(0);
    expect(await echo(dial(listener.port))).toBe("hello");
  });

  it("rejects with the system's error where the port is taken", async () => {
    const { listener } = await listenEcho();
    await expect(listenEcho("127.0.0.1", listener.port)).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  it("takes no more connections once it is closed, and lets those it has live on", async () => {
    const { listener } = await listenEcho();
    const socket = dial(listener.port);
    await echo(socket);
    await listener.close();
    const [error] = await once(dial(listener.port), "error");
    expect(error).toMatchObject({ code: "ECONNREFUSED" });
    expect(await echo(socket)).toBe("hello");
  });

  it("gives its port back when it is closed, and may be closed again", async () => {
    const { listener } = await listenEcho();
    await listener.close();
    await listener.close();
    const { listener: next } = await listenEcho("127.0.0.1", listener.port);
    expect(await echo(dial(next.port))).toBe("hello");
  });

  it("survives a connection that the system could not give it", async () => {
    const { listener } = await listenEcho();
    servers.at(-1)!.emit("error", Object.assign(new Error("accept EMFILE"), { code: "EMFILE" }));
    expect(await echo(dial(listener.port))).toBe("hello");
  });

  it("sees IPv4 peers under their own address, though it listens for IPv6 too", async (context) => {
    const listening = await listenEcho("::").catch(() => undefined);
    if (!listening) return context.skip("no IPv6 on this machine");
    await echo(dial(listening.listener.port));
    expect(listening.links.map(({ remoteAddress }) => remoteAddress)).toEqual(["127.0.0.1"]);
  });
});
