import type { Socket } from "node:net";
import { certificateProblem } from "@headgate/tls";

/**
 * Carries a viewer's bytes to the server and back. Not a Link, which reads into new memory each time: with Links, viewers take
 * 40% more CPU time.
 */
export interface Carrier {
  write(bytes: Uint8Array): void;
  /** From now on reads once and then waits for the next call; a tunnel reads when it is answered and takes no notice. */
  readOnce(): void;
  /** Reads no more. That the server has ended the connection is then seen only by writing, and in a tunnel not at all. */
  pause(): void;
  destroy(): void;
}

export interface CarrierHandler {
  onOpen(): void;
  /** The memory is used anew afterwards. */
  onBytes(bytes: Uint8Array): void;
  onClosed(reason: string): void;
}

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly isSecure: boolean;
  readonly isTunnel: boolean;
}

export function watch(socket: Socket, { onClosed }: Pick<CarrierHandler, "onClosed">): void {
  let reason = "closed by the server";
  socket.on("error", (error) => {
    reason = sentenceOf(error);
  });
  socket.once("close", () => onClosed(reason));
}

function sentenceOf(error: NodeJS.ErrnoException & { readonly reason?: string }): string {
  const untrusted = certificateProblem(error, TRUST_WORDS);
  if (untrusted !== undefined) return untrusted;
  // Of OpenSSL's message only the reason is readable.
  if (error.reason !== undefined) return `TLS does not work there: ${error.reason}`;
  return SENTENCES[error.code ?? ""] ?? error.message;
}

/** How the options are called that say which certificates to accept. */
const TRUST_WORDS = { ca: "--ca FILE", insecure: "--insecure" };

const SENTENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection is refused: is a server running there?",
  ECONNRESET: "the server reset the connection",
  EPIPE: "the server reset the connection",
  ENOTFOUND: "the host name cannot be resolved",
  EMFILE: "this process cannot open that many connections: see `ulimit -n`",
};
