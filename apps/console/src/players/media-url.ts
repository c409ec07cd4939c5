import { inPath } from "../api/ask.ts";
import type { Listener } from "../api/replies.ts";

/** The ways of a stream into a page. */
export type PlayerKind = "flv" | "hls";

interface PageAddress {
  readonly protocol: string;
  readonly hostname: string;
}

/**
 * The URL of a stream on a port for clients, on the host of this page; undefined if no port has it. A page over HTTPS may load
 * nothing over HTTP.
 */
export function mediaUrl(
  kind: PlayerKind,
  stream: string,
  listeners: readonly Listener[],
  { protocol, hostname }: PageAddress,
  query: string = "",
): string | undefined {
  const isSecure = protocol === "https:";
  const wanted = isSecure ? "https" : "http";
  const listener = listeners.find(({ protocols }) => protocols.includes(wanted));
  if (!listener) return undefined;
  const scheme = `${kind === "flv" ? "ws" : "http"}${isSecure ? "s" : ""}`;
  const file = kind === "flv" ? ".flv" : "/index.m3u8";
  const written = query.replace(/^\?/, "");
  return `${scheme}://${hostname}:${listener.port}/${inPath(stream)}${file}${written && `?${written}`}`;
}
