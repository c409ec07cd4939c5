import type { Socket, SocketConstructorOpts } from "node:net";
import { DialError } from "@headgate/transport";
import { SharedReadSocket } from "./shared-read-socket.ts";

/** Where a server listens: on a port, or on a socket of this machine. */
export type TcpAddress = { readonly host: string; readonly port: number } | { readonly path: string };

/** After this much silence the system probes the server, to notice one that has vanished. Milliseconds. */
const KEEP_ALIVE_DELAY_MS = 15_000;

const SOCKET_OPTIONS = {
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
} as SocketConstructorOpts;

/** Connects, or rejects with a DialError after `timeoutMs` at the latest. */
export function connectTcp(address: TcpAddress, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = new SharedReadSocket(SOCKET_OPTIONS).connect(address);
    // For the socket's whole life: `close` follows an error, and is handled.
    socket.on("error", ignore);
    const timer = setTimeout(() => {
      socket.destroy();
      const message = `${nameOf(address)} does not answer within ${timeoutMs / 1000} s`;
      reject(new DialError("CONNECTION_TIMED_OUT", message));
    }, timeoutMs);
    const onError = (error: NodeJS.ErrnoException): void => {
      clearTimeout(timer);
      reject(dialError(address, error));
    };
    socket.once("error", onError);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.off("error", onError);
      resolve(socket);
    });
  });
}

function ignore(): void {}

function dialError(address: TcpAddress, error: NodeJS.ErrnoException): DialError {
  const name = nameOf(address);
  switch (codeOf(error)) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new DialError(
        "NAME_NOT_FOUND",
        `${name}: the host name cannot be resolved; is it spelled right?`,
      );
    case "ECONNREFUSED":
    case "ENOENT":
      return new DialError("CONNECTION_REFUSED", `${name} refuses connections; is a server running there?`);
    case "ETIMEDOUT":
      return new DialError("CONNECTION_TIMED_OUT", `${name} does not answer`);
    default:
      return new DialError("CONNECTION_FAILED", `${name} cannot be reached: ${error.message}`);
  }
}

/** A name may have several addresses, each of which failed in its own way; the last error is enough. */
function codeOf(error: NodeJS.ErrnoException): string | undefined {
  const { errors } = error as { readonly errors?: readonly NodeJS.ErrnoException[] };
  return errors?.at(-1)?.code ?? error.code;
}

function nameOf(address: TcpAddress): string {
  if ("path" in address) return address.path;
  return `${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
}
