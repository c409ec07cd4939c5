import type { IncomingHttpHeaders } from "node:http";

/** The peer of an HTTP connection. */
export interface HttpPeer {
  readonly isSecure: boolean;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** If the peer is a trusted proxy: the addresses a request has come through, the client's first. */
  readonly hopsOf?: ((headers: IncomingHttpHeaders) => readonly string[]) | undefined;
}

/** The client of one request. Its port is unknown behind a proxy, and 0. */
export function clientOf(
  { remoteAddress, remotePort, hopsOf }: HttpPeer,
  headers: IncomingHttpHeaders,
): Pick<HttpPeer, "remoteAddress" | "remotePort"> {
  const client = hopsOf?.(headers)[0];
  return client === undefined ? { remoteAddress, remotePort } : { remoteAddress: client, remotePort: 0 };
}
