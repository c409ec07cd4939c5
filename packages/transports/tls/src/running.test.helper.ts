import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import type { ProtocolError } from "@headgate/bytes";
import type { Faults } from "@headgate/transport";
import type { CertificateFiles } from "./certificate.ts";
import { type TlsOptions, TlsServer } from "./tls-server.ts";

/** A fault ends the test run. */
export const FAULTS: Faults = { report: (_, error) => fail(error), unrecoverable: fail };

function fail(error: unknown): never {
  throw error;
}

const servers = new Set<Server>();
const sockets = new Set<Socket>();

/** Ends everything that a test began. */
export function closeAll(): void {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
}

/** Marks the socket for `closeAll`. */
export function keep<Kept extends Socket>(socket: Kept): Kept {
  sockets.add(socket);
  return socket;
}

/** Waits for the end of the connection; a reset is one, too. */
export async function closed(socket: Socket): Promise<void> {
  socket.on("error", () => {}).resume();
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
}

export interface Running {
  readonly tls: TlsServer;
  readonly port: number;
  /** What became of each connection, in order: a failure's message, or nothing. */
  readonly outcomes: (string | undefined)[];
  /** What clients broke after the handshake. */
  readonly invalid: string[];
  /** How many connections are secured and not closed. */
  open(): number;
}

/** A server that sends back what it gets. */
export async function start(
  certificates: readonly CertificateFiles[],
  options: Partial<Omit<TlsOptions, "certificates">> = {},
): Promise<Running> {
  const usual = { minVersion: "TLSv1.2", maxVersion: "TLSv1.3", handshakeMs: 5_000, faults: FAULTS } as const;
  const tls = new TlsServer({ ...usual, ...options, certificates });
  const outcomes: (string | undefined)[] = [];
  const invalid: string[] = [];
  const onInvalid = ({ code, message }: ProtocolError) => invalid.push(`${code}: ${message}`);
  const open = new Set<Socket>();
  const port = await listen((socket) => {
    tls.secure(socket, "127.0.0.1", onInvalid).then(
      (secured) => {
        outcomes.push(undefined);
        open.add(secured);
        secured.once("close", () => open.delete(secured));
        secured.pipe(secured);
      },
      (error: ProtocolError) => outcomes.push(`${error.code}: ${error.message}`),
    );
  });
  return { tls, port, outcomes, invalid, open: () => open.size };
}

/** Listens on a free port and returns it. */
export async function listen(onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    keep(socket).on("error", () => {});
    onSocket(socket);
  });
  servers.add(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

export async function dial(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = keep(connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options }));
  await once(socket, "secureConnect");
  return socket;
}
