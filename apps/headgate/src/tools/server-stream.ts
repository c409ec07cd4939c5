import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import {
  type ClientProblem,
  ClientStream,
  type ClientStreamOwner,
  type ClientStreamRequest,
  createStandaloneContext,
} from "@headgate/client";
import { RtmpUrl } from "@headgate/session";
import { printable } from "../printable.ts";
import { VERSION } from "../version.ts";
import { ExitCode } from "./exit-code.ts";

/** Options of all tools that connect to a server. */
export interface ServerOptions {
  readonly ca?: string;
  readonly insecure?: boolean;
}

/** The URL of a stream; undefined, after a message, if it is not one. */
export function streamUrl(text: string): RtmpUrl | undefined {
  const url = RtmpUrl.parse(text);
  if (url && url.stream !== "") return url;
  process.stderr.write(
    "headgate: this is not the URL of a stream: it must look like rtmp://HOST[:PORT]/APPLICATION/STREAM\n",
  );
  process.exitCode = ExitCode.usage;
  return undefined;
}

/** Whether the authorities can be read that the user trusts; if not, after a message. */
export function hasReadableCa({ ca }: ServerOptions): boolean {
  try {
    if (ca !== undefined) createSecureContext({ ca: readFileSync(ca) });
    return true;
  } catch (error) {
    process.stderr.write(
      `${printable(`headgate: --ca ${ca} cannot be used: ${(error as Error).message}`)}\n`,
    );
    process.exitCode = ExitCode.usage;
    return false;
  }
}

/** A stream to play from a server or publish to it, for a command-line tool. It must be started. */
export function createClientStream(
  request: ClientStreamRequest,
  { ca, insecure = false }: ServerOptions,
  owner: ClientStreamOwner,
): ClientStream {
  const context = createStandaloneContext({
    flashVersion: `Headgate/${VERSION}`,
    caFile: ca,
    insecure,
    trustWords: TRUST_WORDS,
  });
  return new ClientStream(context, request, owner);
}

/** How the options of these tools are called. */
const TRUST_WORDS = { ca: "--ca FILE", insecure: "--insecure" };

export type { ClientProblem };
