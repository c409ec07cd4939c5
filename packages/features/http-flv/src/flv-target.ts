import { type Applications, StreamKey } from "@headgate/bus";
import { hostOf } from "@headgate/feature";
import type { RequestTransport } from "@headgate/gateway";
import { isWebSocket, type StreamRequest } from "@headgate/http-server";
import type { ApplicationHttpFlv } from "./config.ts";
import type { Media } from "./flv-framing.ts";

const ENDING = ".flv";

export type Carrier = "http" | "websocket";

/** The path of the stream that a URL's path means; undefined if that is none of an application with HTTP-FLV. */
export function streamIn(
  path: string,
  host: string | undefined,
  applications: Applications<ApplicationHttpFlv>,
): string | undefined {
  if (!path.endsWith(ENDING)) return undefined;
  const stream = path.slice(0, -ENDING.length);
  const names = { virtualHost: hostOf(host), application: "", name: stream };
  const key = StreamKey.of(names, applications);
  const options = typeof key === "string" ? undefined : applications.optionsOf(key);
  return options?.httpFlv ? stream : undefined;
}

export function carrierOf({ raw }: StreamRequest): Carrier {
  return isWebSocket(raw) ? "websocket" : "http";
}

export function transportOf(carrier: Carrier, { peer: { isSecure } }: StreamRequest): RequestTransport {
  if (carrier === "http") return isSecure ? "https-flv" : "http-flv";
  return isSecure ? "wss-flv" : "ws-flv";
}

/** `?only=audio` or `?only=video`. */
export function mediaIn({ query: { only } }: StreamRequest): Media | "invalid" {
  if (only === undefined) return "all";
  return only === "audio" || only === "video" ? only : "invalid";
}
