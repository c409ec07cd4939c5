import type { ClientProblem } from "@headgate/client";
import { printable } from "../printable.ts";

/** The exit codes of the tools. */
export const ExitCode = {
  done: 0,
  /** Wrong arguments, or a file cannot be read or written. */
  usage: 1,
  /** The server cannot be reached. */
  unreachable: 2,
  /** The server refused. */
  refused: 3,
  /** Interrupted after it had begun. */
  interrupted: 4,
} as const;

const UNREACHABLE: ReadonlySet<string> = new Set([
  "NAME_NOT_FOUND",
  "CONNECTION_REFUSED",
  "CONNECTION_TIMED_OUT",
  "CONNECTION_FAILED",
  "TLS_FAILED",
  "CERTIFICATE_NOT_TRUSTED",
  "PROXY_REFUSED",
  "TUNNEL_REFUSED",
]);

/** The server has accepted the request, and nothing came. */
export function sayNoMedia(): void {
  process.stderr.write("headgate: no media received: is this stream being published?\n");
  process.exitCode = ExitCode.interrupted;
}

/** Tells a person what went wrong, and the caller by the exit code. */
export function reportProblem({ code, message }: ClientProblem, hasStarted: boolean): void {
  process.stderr.write(`${printable(`headgate: ${message} (${code})`)}\n`);
  if (hasStarted) process.exitCode = ExitCode.interrupted;
  else process.exitCode = UNREACHABLE.has(code) ? ExitCode.unreachable : ExitCode.refused;
}
