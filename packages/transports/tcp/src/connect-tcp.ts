import { connect, type Socket } from "node:net";
import { DialError } from "@headgate/transport";

/** Where a server listens: on a port, or on a socket of this machine. */
export type TcpAddress = { readonly host: string; readonly port: number } | { readonly path: string };

/** A server that has vanished is found out by the system, which asks after so long a silence. */
const KEEP_ALIVE_DELAY_MS = 15_000;

/** Connects, or rejects with a DialError after `timeoutMs` at the latest. */
export function connectTcp(address: TcpAddress, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...address,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
    });
    // For as long as it lives, whoever has it: what follows an error is `close`, and that is heard.
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
      return new DialError("NAME_NOT_FOUND", `${name}: there is no such name; is it spelled right?`);
    case "ECONNREFUSED":
    case "ENOENT":
      return new DialError("CONNECTION_REFUSED", `${name} refuses connections; does a server run there?`);
    case "ETIMEDOUT":
      return new DialError("CONNECTION_TIMED_OUT", `${name} does not answer`);
    default:
      return new DialError("CONNECTION_FAILED", `${name} cannot be reached: ${error.message}`);
  }
}

/** A name may stand for several addresses, and each has failed in its own way; the last says enough. */
function codeOf(error: NodeJS.ErrnoException): string | undefined {
  const { errors } = error as { readonly errors?: readonly NodeJS.ErrnoException[] };
  return errors?.at(-1)?.code ?? error.code;
}

function nameOf(address: TcpAddress): string {
  if ("path" in address) return address.path;
  return `${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
}
