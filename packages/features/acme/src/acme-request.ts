import { fetch } from "@headgate/http-client";
import { AcmeError } from "./acme-error.ts";

/** The time for one reply of the authority. Milliseconds. */
const REQUEST_MS = 30_000;

/** The longest reply: a certificate with those above it has some 8 KiB, a directory less. */
export const MAX_REPLY_BYTES: number = 256 * 1024;

/** By their names. */
export interface ReplyHeaders {
  get(name: string): string | null;
}

/** What an authority answers. */
export interface AcmeReply {
  readonly status: number;
  readonly headers: ReplyHeaders;
  readonly text: string;
}

interface RequestOptions {
  readonly method?: "HEAD" | "POST";
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** RFC 8555 §6.1: only https, and a client says which it is. */
export async function request(url: string, options: RequestOptions): Promise<AcmeReply> {
  if (!url.startsWith("https://") || !URL.canParse(url))
    throw new AcmeError("the authority names a URL that is not https");
  const headers = { "user-agent": "headgate", ...options.headers };
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(REQUEST_MS)]);
  try {
    const response = await fetch(url, { ...options, headers, signal, redirect: "error" });
    return { status: response.status, headers: response.headers, text: await textOf(response.body) };
  } catch (error) {
    if (error instanceof AcmeError) throw error;
    throw new AcmeError(`${new URL(url).host} cannot be asked: ${reasonOf(error as Error)}`);
  }
}

/** How long the authority wants to be left alone (RFC 9110 §10.2.3). */
export function retryAfterMs(headers: ReplyHeaders): number {
  const written = headers.get("retry-after") ?? "";
  const ms = /^\d+$/.test(written) ? Number(written) * 1_000 : Date.parse(written) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}

async function textOf(body: AsyncIterable<Uint8Array> | null): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body ?? []) {
    length += piece.length;
    if (length > MAX_REPLY_BYTES) throw new AcmeError("the authority's reply is too long");
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

/** fetch itself says only that it failed. */
function reasonOf({ name, message, cause }: Error): string {
  if (name === "TimeoutError") return "no reply in time";
  const { code, message: why } = (cause ?? {}) as NodeJS.ErrnoException;
  return code ?? why ?? message;
}
