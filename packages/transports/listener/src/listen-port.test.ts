import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { ProtocolError } from "@headgate/bytes";
import { afterEach, expect, test } from "vitest";
import { networkList } from "./addresses.ts";
import { type ListenPortOptions, listenPort, type Port } from "./listen-port.ts";
import type { PortProtocol, SniffedConnection } from "./sniffer.ts";

const ports = new Set<Port>();
const sockets = new Set<Socket>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  for (const port of ports) await port.close();
});

/** What has become of the connections, each in a line; and the places they have. */
interface Running {
  readonly port: Port;
  readonly log: string[];
  /** By address. */
  readonly places: Map<string, number>;
}

const ALL: readonly PortProtocol[] = ["rtmp", "rtmps", "http", "https"];

async function start(options: Partial<ListenPortOptions> = {}, maxPerAddress = 100): Promise<Running> {
  const log: string[] = [];
  const places = new Map<string, number>();
  const add = (address: string, change: number): boolean => {
    const count = (places.get(address) ?? 0) + change;
    if (count > maxPerAddress) return false;
    places.set(address, count);
    return true;
  };
  const arrived = (what: string) => (arrival: SniffedConnection) => {
    sockets.add(arrival.socket);
    const from =
      arrival.remoteAddress === "127.0.0.1" ? "" : ` from ${arrival.remoteAddress}:${arrival.remotePort}`;
    arrival.socket.on("data", (bytes) =>
      log.push(`${what}${arrival.isSecure ? " in TLS" : ""}${from}: ${bytes}`),
    );
  };
  const port = await listenPort({
    host: "127.0.0.1",
    port: 0,
    protocols: new Set(ALL),
    trustedProxies: networkList([]),
    firstByteMs: 60_000,
    faults: {
      report: (scope, error) => log.push(`fault of a ${scope}: ${(error as Error).message}`),
      unrecoverable: (error) => log.push(`end of the process: ${(error as Error).message}`),
    },
    adopt: (accepted) => accepted,
    secure: oneByteTls,
    admit: (address) => {
      if (!add(address, 1)) return undefined;
      let current = address;
      return {
        moveTo: (next) => {
          if (!add(next, 1)) return false;
          add(current, -1);
          current = next;
          return true;
        },
        leave: () => add(current, -1),
      };
    },
    onRtmp: arrived("rtmp"),
    onHttp: arrived("http"),
    onRefused: ({ code }, remoteAddress) => log.push(`${code} ${remoteAddress}`),
    ...options,
  });
  ports.add(port);
  return { port, log, places };
}

/** As much of TLS as matters here: a first byte that is taken away. */
async function oneByteTls(socket: Socket): Promise<Socket> {
  await once(socket, "readable");
  const bytes: Buffer = socket.read();
  socket.unshift(bytes.subarray(1));
  return socket;
}

async function dial({ port }: Running, content: string | Buffer = ""): Promise<Socket> {
  const socket = connect(port.port, "127.0.0.1");
  sockets.add(socket);
  socket.on("error", () => {});
  socket.resume();
  await once(socket, "connect");
  if (content.length > 0) socket.write(content);
  return socket;
}

test.each([
  ["\x03RTMP", "rtmp: \x03RTMP"],
  ["\x06RTMPE", "rtmp: \x06RTMPE"],
  ["GET / HTTP/1.1", "http: GET / HTTP/1.1"],
  ["\x16\x03RTMPS", "rtmp in TLS: \x03RTMPS"],
  ["\x16POST /", "http in TLS: POST /"],
])("%j is passed on with all its bytes", async (sent, expected) => {
  const running = await start();
  await dial(running, sent);
  await expect.poll(() => running.log).toEqual([expected]);
});

test("bytes that come one by one are passed on in order", async () => {
  const running = await start();
  const socket = await dial(running);
  for (const letter of "\x16POST /") {
    socket.write(letter);
    await new Promise(setImmediate);
  }
  await expect
    .poll(() => running.log.map((line) => line.replace("http in TLS: ", "")).join(""))
    .toBe("POST /");
});

test.each([
  ["garbage", "hello", "PROTOCOL_UNKNOWN"],
  ["TLS inside TLS", "\x16\x16", "PROTOCOL_NOT_ACCEPTED"],
  ["garbage inside TLS", "\x16hello", "PROTOCOL_UNKNOWN"],
  ["a PROXY header from any address", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n\x03", "PROXY_NOT_TRUSTED"],
])("%s is refused and told with a code", async (_, sent, code) => {
  const running = await start();
  const socket = await dial(running, sent);
  await once(socket, "close");
  expect(running.log).toEqual([`${code} 127.0.0.1`]);
  await expect.poll(() => running.places).toEqual(new Map([["127.0.0.1", 0]]));
});

test.each([
  [["rtmps"], "\x03", false],
  [["rtmp"], "\x03", true],
  [["rtmp", "http"], "\x16", false],
  [["https"], "\x16\x03", false],
  [["https"], "\x16GET ", true],
  [["rtmps"], "\x16GET ", false],
  [["rtmps"], "\x16\x03", true],
  [["rtmp"], "GET ", false],
] as const)("a port for %j alone lets in %j: %s", async (protocols, sent, isAccepted) => {
  const running = await start({ protocols: new Set(protocols) });
  await dial(running, sent);
  await expect.poll(() => running.log.length).toBe(1);
  expect(running.log[0] === "PROTOCOL_NOT_ACCEPTED 127.0.0.1").toBe(!isAccepted);
});

test("a port without certificates has no TLS", async () => {
  const running = await start({ secure: undefined });
  await dial(running, "\x16\x03");
  await expect.poll(() => running.log).toEqual(["PROTOCOL_NOT_ACCEPTED 127.0.0.1"]);
});

test("a handshake that fails is told", async () => {
  const failed = new ProtocolError("TLS_HANDSHAKE_FAILED", "no");
  const running = await start({ secure: () => Promise.reject(failed) });
  const socket = await dial(running, "\x16");
  await once(socket, "close");
  expect(running.log).toEqual(["TLS_HANDSHAKE_FAILED 127.0.0.1"]);
});

test.each([
  ["says nothing", ""],
  ["says half a method", "PO"],
  ["says half a PROXY header", "PROXY TCP4 192.0"],
  ["says nothing inside TLS", "\x16"],
])("a connection that %s is ended after the time for the first byte", async (_, sent) => {
  const running = await start({ firstByteMs: 50, trustedProxies: networkList(["127.0.0.1"]) });
  const socket = await dial(running, sent);
  await once(socket, "close");
  await expect.poll(() => running.places.get("127.0.0.1")).toBe(0);
  expect(running.log).toEqual([]);
});

test("silent connections hold permits, so that one address cannot have too many of them", async () => {
  const running = await start({}, 2);
  const [first] = [await dial(running), await dial(running)];
  const third = await dial(running);
  await once(third, "close");
  expect(running.places.get("127.0.0.1")).toBe(2);
  first.destroy();
  await expect.poll(() => running.places.get("127.0.0.1")).toBe(1);
  await dial(running, "\x03");
  await expect.poll(() => running.log).toEqual(["rtmp: \x03"]);
});

test("a connection that has arrived keeps its permit until it ends", async () => {
  const running = await start();
  const socket = await dial(running, "\x03");
  await expect.poll(() => running.log.length).toBe(1);
  expect(running.places.get("127.0.0.1")).toBe(1);
  socket.end();
  await expect.poll(() => running.places.get("127.0.0.1")).toBe(0);
});

test.each([
  ["RTMP", "\x03", "rtmp from 192.0.2.1:56324: \x03"],
  ["TLS", "\x16\x03", "rtmp in TLS from 192.0.2.1:56324: \x03"],
])(
  "behind a trusted proxy %s has the client's address, also where connections are counted",
  async (_, sent, line) => {
    const running = await start({ trustedProxies: networkList(["127.0.0.0/8"]) });
    await dial(running, `PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n${sent}`);
    await expect.poll(() => running.log).toEqual([line]);
    expect(running.places).toEqual(
      new Map([
        ["127.0.0.1", 0],
        ["192.0.2.1", 1],
      ]),
    );
  },
);

test("a client with too many connections is not accepted through a proxy either", async () => {
  const running = await start({ trustedProxies: networkList(["127.0.0.1"]) }, 1);
  const header = "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n";
  await dial(running, `${header}\x03`);
  await expect.poll(() => running.log.length).toBe(1);
  await once(await dial(running, `${header}\x03`), "close");
  expect(running.log).toHaveLength(1);
});

test.each([
  ["a second PROXY header", "PROXY UNKNOWN\r\nPROXY UNKNOWN\r\n", "PROXY_NOT_TRUSTED"],
  ["a PROXY header inside TLS", "\x16PROXY UNKNOWN\r\n", "PROXY_NOT_TRUSTED"],
  ["a PROXY header that is not valid", "PROXY TCP4\r\n", "PROXY_HEADER_INVALID"],
])("%s is refused from a trusted proxy too", async (_, sent, code) => {
  const running = await start({ trustedProxies: networkList(["127.0.0.1"]) });
  await dial(running, sent);
  await expect.poll(() => running.log).toEqual([`${code} 127.0.0.1`]);
});

test("a trusted proxy may connect on its own behalf", async () => {
  const running = await start({ trustedProxies: networkList(["127.0.0.1"]) });
  await dial(running, "PROXY UNKNOWN\r\n\x03");
  await dial(running, "\x03");
  await expect.poll(() => running.log).toEqual(["rtmp: \x03", "rtmp: \x03"]);
});

test("closing a port ends connections that are not recognised yet, and no others", async () => {
  const running = await start();
  const silent = await dial(running);
  const arrived = await dial(running, "\x03");
  await expect.poll(() => running.log.length).toBe(1);
  const ended = once(silent, "close");
  await running.port.close();
  await ended;
  arrived.write("more");
  await expect.poll(() => running.log).toEqual(["rtmp: \x03", "rtmp: more"]);
  await expect(dial(running)).rejects.toThrow("ECONNREFUSED");
});

test("a port in use is reported with the system's error", async () => {
  const { port } = (await start()).port;
  await expect(start({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
});

const bug = (): never => {
  throw new Error("a bug");
};

test.each<[string, Partial<ListenPortOptions>, string]>([
  ["where it is admitted", { admit: bug }, "\x03"],
  ["in what takes RTMP", { onRtmp: bug }, "\x03"],
  ["in what takes HTTP", { onHttp: bug }, "GET / HTTP/1.1\r\n"],
  ["in what takes refusals", { onRefused: bug }, "\xff"],
  ["at the begin of TLS", { secure: bug }, "\x16"],
  ["in TLS", { secure: async () => bug() }, "\x16"],
])("a fault %s ends that connection alone, and is reported once", async (_, options, bytes) => {
  const { onRtmp } = options;
  const running = await start(options);
  const victim = await dial(running, Buffer.from(bytes, "latin1"));
  await once(victim, "close");
  await expect.poll(() => running.log).toEqual(["fault of a connection: a bug"]);
  if (options.admit) return;
  const next = await dial(running, onRtmp ? "GET / HTTP/1.1" : "\x03next");
  await expect.poll(() => running.log[1]).toContain(onRtmp ? "GET /" : "next");
  next.destroy();
  await expect.poll(() => running.places.get("127.0.0.1")).toBe(0);
});
