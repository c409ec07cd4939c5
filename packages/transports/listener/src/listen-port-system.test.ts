import { once } from "node:events";
import { connect, type Server, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { networkList } from "./addresses.ts";
import { listenPort, type Port } from "./listen-port.ts";
import type { SniffedConnection } from "./sniffer.ts";

/** The servers that were made, for the errors that only the system can bring about. */
const servers: Server[] = [];

// Other test files run in this process, with the real one.
vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());

vi.mock("node:net", async (importOriginal) => {
  const net = await importOriginal<typeof import("node:net")>();
  const createServer = (...args: Parameters<typeof net.createServer>) => {
    const server = net.createServer(...args);
    servers.push(server);
    return server;
  };
  return { ...net, createServer };
});

const ports: Port[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const port of ports.splice(0)) await port.close();
});

/** Listens for RTMP, of which it sends everything back. */
async function listenEcho(
  host = "127.0.0.1",
  number = 0,
): Promise<{ port: Port; arrived: SniffedConnection[] }> {
  const arrived: SniffedConnection[] = [];
  const port = await listenPort({
    host,
    port: number,
    protocols: new Set(["rtmp"]),
    trustedProxies: networkList([]),
    firstByteMs: 60_000,
    faults: {
      report: (_, error) => expect.unreachable(String(error)),
      unrecoverable: (error) => expect.unreachable(String(error)),
    },
    adopt: (accepted) => accepted,
    secure: undefined,
    admit: () => ({ moveTo: () => true, leave: () => {} }),
    onRtmp: (arrival) => {
      arrived.push(arrival);
      sockets.push(arrival.socket);
      arrival.socket.pipe(arrival.socket);
    },
    onHttp: () => {},
    onRefused: () => {},
  });
  ports.push(port);
  return { port, arrived };
}

/** The first bytes that come back to a client that says something. */
async function echo(socket: Socket): Promise<string> {
  socket.write("\x03hello");
  const [bytes] = await once(socket, "data");
  return String(bytes);
}

function dial(port: number, host = "127.0.0.1"): Socket {
  const socket = connect({ host, port });
  sockets.push(socket);
  return socket;
}

describe("a port", () => {
  it("tells the number it got", async () => {
    const { port } = await listenEcho();
    expect(port.port).toBeGreaterThan(0);
    expect(await echo(dial(port.port))).toBe("\x03hello");
  });

  it("rejects with the system's error if it is in use", async () => {
    const { port } = await listenEcho();
    await expect(listenEcho("127.0.0.1", port.port)).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  it("accepts no more connections once it is closed, and leaves the others alone", async () => {
    const { port } = await listenEcho();
    const socket = dial(port.port);
    await echo(socket);
    await port.close();
    const [error] = await once(dial(port.port), "error");
    expect(error).toMatchObject({ code: "ECONNREFUSED" });
    expect(await echo(socket)).toBe("\x03hello");
  });

  it("is given back when it is closed, and may be closed again", async () => {
    const { port } = await listenEcho();
    await port.close();
    await port.close();
    const { port: next } = await listenEcho("127.0.0.1", port.port);
    expect(await echo(dial(next.port))).toBe("\x03hello");
  });

  it("survives a connection that the system cannot accept", async () => {
    const { port } = await listenEcho();
    servers.at(-1)!.emit("error", Object.assign(new Error("accept EMFILE"), { code: "EMFILE" }));
    expect(await echo(dial(port.port))).toBe("\x03hello");
  });

  it("sees IPv4 peers under their own address, though it listens for IPv6 too", async (context) => {
    const listening = await listenEcho("::").catch(() => undefined);
    if (!listening) return context.skip("no IPv6 on this machine");
    await echo(dial(listening.port.port));
    expect(listening.arrived.map(({ remoteAddress }) => remoteAddress)).toEqual(["127.0.0.1"]);
  });

  it("sees IPv6 peers under the one spelling of their address, with the zone of a link-local one", async (context) => {
    const listening = await listenEcho("::").catch(() => undefined);
    const addresses = ["::1", linkLocal()].filter((address) => address !== undefined);
    if (!listening || addresses.length === 0) return context.skip("no IPv6 on this machine");
    for (const address of addresses) await echo(dial(listening.port.port, address));
    expect(listening.arrived.map(({ remoteAddress }) => remoteAddress)).toEqual(addresses);
  });
});

/** An address of this machine that needs its zone. */
function linkLocal(): string | undefined {
  for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
    const found = addresses.find(({ address, family }) => family === "IPv6" && address.startsWith("fe80:"));
    if (found) return `${found.address.replace(/%.*/, "")}%${name}`;
  }
  return undefined;
}
